/** What must be undone whatever happens, the last thing first. */
export class Cleanup {
  #steps = [];
  #running;

  add(step) {
    this.#steps.push(step);
  }

  get running() {
    return this.#running !== undefined;
  }

  run() {
    return (this.#running ??= this.#all());
  }

  /** On Ctrl-C and on kill, too. */
  onSignals() {
    for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) {
      process.on(signal, () => this.run().then(() => process.exit(code)));
    }
  }

  async #all() {
    while (this.#steps.length > 0) {
      try {
        await this.#steps.pop()();
      } catch (error) {
        console.error(`Could not clean up: ${error.message}`);
      }
    }
  }
}
