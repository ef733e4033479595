const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 1000;

/** A page as Twilio's lists have it. @param url as it was asked for, prefix included */
export function pageOf(url: string, prefix: string, name: string, all: Record<string, unknown>[]): Record<string, unknown> {
  const asked = new URL(url.slice(prefix.length), 'http://twilio');
  const size = Math.min(Number(asked.searchParams.get('PageSize') ?? DEFAULT_PAGE_SIZE) || DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE);
  const page = Number(asked.searchParams.get('Page') ?? 0) || 0;
  const uriOf = (number: number): string => {
    const uri = new URL(asked);
    uri.searchParams.set('PageSize', String(size));
    uri.searchParams.set('Page', String(number));
    return `${uri.pathname}${uri.search}`;
  };
  const items = all.slice(page * size, (page + 1) * size);
  return {
    [name]: items,
    page,
    page_size: size,
    start: page * size,
    end: page * size + Math.max(items.length - 1, 0),
    first_page_uri: uriOf(0),
    previous_page_uri: page > 0 ? uriOf(page - 1) : null,
    next_page_uri: (page + 1) * size < all.length ? uriOf(page + 1) : null,
    uri: uriOf(page),
  };
}
