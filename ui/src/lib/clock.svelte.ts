/** The one timer of the window. It ticks on the full second, and only while the window can be seen. */
class Clock {
  now = $state(Date.now());
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Starts the ticking; returns what stops it. */
  run(): () => void {
    const wake = () => {
      clearTimeout(this.#timer);
      if (!document.hidden) this.#tick();
    };
    wake();
    document.addEventListener('visibilitychange', wake);
    return () => {
      clearTimeout(this.#timer);
      document.removeEventListener('visibilitychange', wake);
    };
  }

  #tick = () => {
    this.now = Date.now();
    this.#timer = setTimeout(this.#tick, 1000 - (this.now % 1000));
  };
}

export const clock = new Clock();
