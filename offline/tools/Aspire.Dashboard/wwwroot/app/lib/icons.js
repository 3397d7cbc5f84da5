// The dashboard's icons: strokes on a 24 by 24 grid, drawn in the colour of the text around them.

import { s } from "./dom.js";

const paths = {
  resources: "M4 5h7v6H4zM13 5h7v6h-7zM4 13h7v6H4zM13 13h7v6h-7z",
  flow: "M5 7a2 2 0 1 0 0-.01M19 17a2 2 0 1 0 0-.01M19 7a2 2 0 1 0 0-.01M7 7h10M6.5 8.5C9 12 13 14 17.2 16.4",
  traces: "M4 6h10M7 11h8M11 16h9M4 6v0M4 20h4",
  logs: "M5 4h14v16H5zM8.5 8.5h7M8.5 12h7M8.5 15.5h4",
  console: "M3.5 5h17v14h-17zM7 9.5l3 2.5-3 2.5M12 15h5",
  metrics: "M4 20V4M4 20h16M7.5 15l3.5-4 3 2.5L19 7.5",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  moon: "M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.7z",
  system: "M4 5h16v11H4zM9 20h6M12 16v4",
  help: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM9.7 9.4a2.4 2.4 0 1 1 3.3 2.3c-.7.3-1 .8-1 1.6M12 16.2v.1",
  start: "M8 5.5v13l10-6.5z",
  stop: "M7 7h10v10H7z",
  restart: "M19 12a7 7 0 1 1-2.3-5.2M19 4v4h-4",
  pause: "M8.5 6v12M15.5 6v12",
  close: "M6.5 6.5l11 11M17.5 6.5l-11 11",
  check: "M5 12.5l4.5 4.5L19 7.5",
  cross: "M7 7l10 10M17 7L7 17",
  warning: "M12 4.5l8.5 15h-17zM12 10v4.5M12 16.8v.1",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4.3l3 1.8",
  circle: "M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10z",
  chevron: "M9.5 6.5L15 12l-5.5 5.5",
  down: "M12 5v13M6.5 12.5L12 18l5.5-5.5",
  external: "M13.5 5H19v5.5M19 5l-8 8M16 14v5H5V8h5",
  link: "M10 14a4 4 0 0 0 6 .4l2.5-2.5a4 4 0 0 0-5.7-5.7L11.5 7.5M14 10a4 4 0 0 0-6-.4l-2.5 2.5a4 4 0 0 0 5.7 5.7L12.5 16.5",
  copy: "M9 9h10v10H9zM5 15V5h10",
  eye: "M3 12s3.5-6 9-6 9 6 9 6-3.5 6-9 6-9-6-9-6zM12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
  hidden: "M3 12s3.5-6 9-6 9 6 9 6-3.5 6-9 6-9-6-9-6zM5 19L19 5",
  search: "M10.5 5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM14.5 14.5L19.5 19.5",
  command: "M5 7l4 5-4 5M12 17h7",
  download: "M12 4v11M7 10.5L12 15.5l5-5M5 20h14",
  table: "M4 5h16v14H4zM4 10h16M10 10v9",
  actor: "M12 4.5a3.2 3.2 0 1 0 0 6.4 3.2 3.2 0 0 0 0-6.4zM5 20c.5-4 3.2-6 7-6s6.5 2 7 6",
  database: "M12 4c4 0 7 1.1 7 2.5S16 9 12 9 5 7.9 5 6.5 8 4 12 4zM5 6.5v11C5 18.9 8 20 12 20s7-1.1 7-2.5v-11M5 12c0 1.4 3 2.5 7 2.5s7-1.1 7-2.5",
  stream: "M3 8c3-3 6 3 9 0s6 3 9 0M3 13c3-3 6 3 9 0s6 3 9 0M3 18c3-3 6 3 9 0s6 3 9 0",
  "function": "M6 4.5h2.5L16 19.5h3M10.8 9.2L5.5 19.5",
  service: "M12 3.5l7.5 4.2v8.6L12 20.5l-7.5-4.2V7.7zM12 12l7.5-4.3M12 12L4.5 7.7M12 12v8.5",
  gateway: "M4 20V9l8-5 8 5v11M9 20v-7h6v7",
  queue: "M4 6.5h16v11H4zM8.5 6.5v11M13 6.5v11M17 6.5v11",
  spark: "M12 3.5l1.8 6.7 6.7 1.8-6.7 1.8L12 20.5l-1.8-6.7L3.5 12l6.7-1.8z",
};

const kinds = { table: "database" };
const filled = new Set(["start", "stop"]);

/**
 * An icon that says nothing by itself: a text or a label stands beside it.
 * @param {string} name
 * @param {string} [classes]
 */
export function icon(name, classes = "") {
  return s("svg", { class: `icon ${filled.has(name) ? "icon-filled" : ""} ${classes}`.trim(), viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
    s("path", { d: paths[name] ?? paths.circle }));
}

/** The icon of a node's kind on the Flow page. */
export function kindIcon(kind) {
  return icon(kinds[kind] ?? (kind in paths ? kind : "service"));
}
