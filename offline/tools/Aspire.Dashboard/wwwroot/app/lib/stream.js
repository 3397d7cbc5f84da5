// Server-sent events that come back by themselves and rest while nobody looks.

const FirstPauseMs = 500, LongestPauseMs = 10_000, HiddenMs = 10_000;

/**
 * Opens a stream and keeps it open: after a failure it is tried again with growing, jittered pauses; a page hidden for ten
 * seconds gives its connection back (a browser has only six to one host) and takes it again when it is seen.
 * @param {string} url
 * @param {Record<string, (data: any) => void>} handlers one for each event's name
 * @param {(state: {name: "connecting" | "open" | "lost" | "resting", retryAt?: number}) => void} [onState]
 * @returns {{close(): void, retry(): void}}
 */
export function openStream(url, handlers, onState = () => {}) {
  let source = null, timer = 0, hiddenTimer = 0, failures = 0, closed = false;

  const connect = () => {
    timer = 0;
    source = new EventSource(url);
    source.onopen = () => {
      failures = 0;
      onState({ name: "open" });
    };
    source.onerror = () => {
      drop();
      const pause = Math.min(LongestPauseMs, FirstPauseMs * 2 ** failures++) * (0.75 + Math.random() / 2);
      timer = setTimeout(connect, pause);
      onState({ name: "lost", retryAt: Date.now() + pause });
    };
    for (const [name, handle] of Object.entries(handlers)) source.addEventListener(name, message => handle(JSON.parse(message.data)));
  };

  const drop = () => {
    source?.close();
    source = null;
    clearTimeout(timer);
    timer = 0;
  };

  const onVisibility = () => {
    clearTimeout(hiddenTimer);
    if (document.hidden) {
      hiddenTimer = setTimeout(() => {
        drop();
        onState({ name: "resting" });
      }, HiddenMs);
    } else if (!source && !timer) {
      onState({ name: "connecting" });
      connect();
    }
  };

  document.addEventListener("visibilitychange", onVisibility);
  onState({ name: "connecting" });
  connect();

  return {
    close() {
      if (closed) return;
      closed = true;
      clearTimeout(hiddenTimer);
      drop();
      document.removeEventListener("visibilitychange", onVisibility);
    },
    retry() {
      if (closed || source) return;
      drop();
      connect();
    },
  };
}
