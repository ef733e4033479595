/** The values of one statement, and what must be known of it before it runs. */
export class Sql {
  readonly values: unknown[] = [];
  /** A LIKE is planned well only by who sees its term: such a statement is not prepared. */
  planEachTime = false;

  bind(value: unknown): string {
    return `$${this.values.push(value)}`;
  }

  /** The same so far, to go on in another way. */
  copy(): Sql {
    const copy = new Sql();
    copy.values.push(...this.values);
    copy.planEachTime = this.planEachTime;
    return copy;
  }

  /** A pattern that finds the text, compared without case and accents, anywhere, at the start or at the end. */
  like(text: string, where: 'anywhere' | 'start' | 'end' = 'anywhere'): string {
    this.planEachTime = true;
    const escaped = this.bind(text.replace(/[\\%_]/g, '\\$&'));
    const before = where === 'start' ? '' : "'%' || ";
    const after = where === 'end' ? '' : " || '%'";
    return `${before}fold(${escaped})${after}`;
  }
}
