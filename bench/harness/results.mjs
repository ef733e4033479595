const COLUMNS = ['workload', 'unit', 'bare', 'product', 'ratio', 'goal', '', 'bare p50/p99 ms', 'product p50/p99 ms'];

/** The rows of the table. */
export class Results {
  rows = [];

  /** The product's rate is to reach a share of the bare server's. */
  atLeast(workload, unit, { bare, product }, goal) {
    const ratio = product.rate / bare.rate;
    this.#add([workload, unit, whole(bare.rate), whole(product.rate), ratio.toFixed(2), `≥ ${goal}`, verdict(ratio >= goal), times(bare), times(product)]);
  }

  /** The product's cost is to stay within a multiple of the bare server's. */
  withinMultiple(workload, unit, bare, product, goal) {
    const ratio = product / bare;
    this.#add([workload, unit, whole(bare), whole(product), ratio.toFixed(2), `≤ ${goal}`, verdict(ratio <= goal)]);
  }

  /** The product's cost is to stay below a limit. */
  below(workload, unit, bare, product, limit) {
    this.#add([workload, unit, bare === undefined ? '' : whole(bare), whole(product), '', `≤ ${limit}`, verdict(product <= limit)]);
  }

  failed(workload, error) {
    this.#add([workload, '', '', '', '', '', 'FAILED']);
    console.error(`${workload} could not be measured: ${error.stack}`);
  }

  print() {
    const lines = [COLUMNS, ...this.rows];
    const widths = COLUMNS.map((_, column) => Math.max(...lines.map((cells) => (cells[column] ?? '').length)));
    const leftAligned = new Set([0, 1, 6]);
    for (const cells of lines) {
      const padded = widths.map((width, column) => {
        const text = cells[column] ?? '';
        return leftAligned.has(column) ? text.padEnd(width) : text.padStart(width);
      });
      console.log(padded.join('  ').trimEnd());
    }
  }

  #add(row) {
    this.rows.push(row);
    console.error(`  ${row.filter(Boolean).join('  ')}`);
  }
}

const verdict = (good) => (good ? 'ok' : 'BELOW');
const whole = (number) => Math.round(number).toLocaleString('en');
const times = ({ p50, p99 }) => (p50 === undefined ? '' : `${p50.toFixed(1)} / ${p99.toFixed(1)}`);
