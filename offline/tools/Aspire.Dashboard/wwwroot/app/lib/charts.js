// Line charts over time and sparklines, as SVG: few elements, one path for each series.

import { fill, h, s } from "./dom.js";
import { ticks, time } from "./format.js";

const Width = 720, Height = 240, Left = 64, Right = 14, Top = 12, Bottom = 26;
let charts = 0;

/**
 * A chart of lines over time, with a readout that follows the pointer and, on the keyboard, the arrow keys.
 * @param {{label: string, height?: number}} options
 * @returns {{element: HTMLElement, draw(data: {series: {name: string, colour: string | number, points: [number, number | null][], area?: boolean, dashed?: boolean}[],
 *   fromMs: number, toMs: number, format: (value: number) => string, base?: number}): void}}
 */
export function lineChart({ label, height = Height }) {
  const id = `chart-${++charts}`;
  let width = Width, data = null, at = null;
  const marks = s("g");
  const cursor = s("g", { class: "chart-cursor", visibility: "hidden" });
  const svg = s("svg", { class: "chart-svg", "aria-hidden": "true", viewBox: `0 0 ${width} ${height}`, height }, marks, cursor);
  const readout = h("div", { class: "chart-readout", id });
  const surface = h("div", { class: "chart-surface", tabindex: 0, role: "slider", "aria-label": `${label}: read values with the arrow keys`, "aria-valuemin": 0, "aria-valuemax": 0, "aria-valuenow": 0, "aria-valuetext": "no data" }, svg);
  const element = h("div", { class: "chart" }, readout, surface);

  const x = ms => Left + (ms - data.fromMs) / Math.max(1, data.toMs - data.fromMs) * (width - Left - Right);
  let y = () => 0;

  function draw(next) {
    data = next;
    const values = data.series.flatMap(series => series.points.map(point => point[1])).filter(value => value !== null && value !== undefined);
    const high = values.length ? Math.max(...values) : 1;
    const low = Math.min(0, ...values);
    const top = high === low ? low + 1 : high + (high - low) * 0.06;
    y = value => height - Bottom - (value - low) / (top - low) * (height - Top - Bottom);
    const steps = ticks(low, top, 4, data.base);
    const times = ticks(0, (data.toMs - data.fromMs) / 1000, width > 500 ? 5 : 3).map(seconds => data.toMs - seconds * 1000).filter(ms => ms > data.fromMs);
    fill(marks,
      steps.map(step => [
        s("line", { class: "chart-grid", x1: Left, x2: width - Right, y1: y(step), y2: y(step) }),
        s("text", { class: "chart-label", x: Left - 8, y: y(step) + 4, "text-anchor": "end" }, data.format(step)),
      ]),
      times.map(ms => s("text", { class: "chart-label", x: x(ms), y: height - 7, "text-anchor": ms === data.toMs ? "end" : "middle" }, time(ms, false))),
      data.series.map(series => [
        series.area && s("path", { class: "chart-area", "data-colour": series.colour, d: path(series.points, x, y, y(Math.max(0, low))) }),
        s("path", { class: `chart-line ${series.dashed ? "dashed" : ""}`, "data-colour": series.colour, d: path(series.points, x, y) }),
      ]));
    drawCursor();
  }

  function moments() {
    return [...new Set(data.series.flatMap(series => series.points.map(point => point[0])))].sort((one, other) => one - other);
  }

  function drawCursor() {
    if (!data) return;
    const all = moments();
    surface.setAttribute("aria-valuemax", String(Math.max(0, all.length - 1)));
    const index = at === null ? all.length - 1 : all.reduce((best, ms, candidate) => Math.abs(ms - at) < Math.abs(all[best] - at) ? candidate : best, 0);
    const moment = all[index];
    cursor.setAttribute("visibility", at === null || moment === undefined ? "hidden" : "visible");
    if (moment === undefined) {
      fill(readout, h("span", { class: "faint" }, "No data in this window"));
      return;
    }
    const values = data.series.map(series => ({ series, value: series.points.find(point => point[0] === moment)?.[1] ?? null }));
    fill(readout, h("span", { class: "number faint" }, time(moment, false)), values.map(({ series, value }) =>
      h("span", { class: "readout-value", "data-colour": series.colour }, h("i", { class: "swatch", "aria-hidden": "true" }), h("span", null, series.name), h("b", { class: "number" }, value === null ? "–" : data.format(value)))));
    if (document.activeElement === surface || at === null) {
      surface.setAttribute("aria-valuenow", String(index));
      surface.setAttribute("aria-valuetext", `${time(moment, false)}: ${values.map(({ series, value }) => `${series.name} ${value === null ? "no data" : data.format(value)}`).join(", ")}`);
    }
    if (at !== null) {
      fill(cursor, s("line", { x1: x(moment), x2: x(moment), y1: Top, y2: height - Bottom }),
        values.filter(({ value }) => value !== null).map(({ series, value }) => s("circle", { "data-colour": series.colour, cx: x(moment), cy: y(value), r: 3.5 })));
    }
  }

  surface.addEventListener("pointermove", event => {
    if (!data) return;
    const box = svg.getBoundingClientRect();
    const inside = (event.clientX - box.left) / box.width * width;
    at = data.fromMs + (inside - Left) / (width - Left - Right) * (data.toMs - data.fromMs);
    drawCursor();
  });
  surface.addEventListener("pointerleave", () => {
    at = null;
    drawCursor();
  });
  surface.addEventListener("keydown", event => {
    if (!data || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = moments();
    if (!all.length) return;
    const now = at === null ? all.length - 1 : all.findIndex(ms => ms >= at);
    const to = { ArrowLeft: now - 1, ArrowRight: now + 1, PageUp: now - 10, PageDown: now + 10, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Escape") at = null;
    else if (to === undefined) return;
    else at = all[Math.min(all.length - 1, Math.max(0, to))];
    event.preventDefault();
    drawCursor();
  });
  surface.addEventListener("blur", () => {
    at = null;
    drawCursor();
  });

  new ResizeObserver(([entry]) => {
    const now = Math.round(entry.contentRect.width);
    if (!now || now === width) return;
    width = now;
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    if (data) requestAnimationFrame(() => draw(data));
  }).observe(surface);

  return { element, draw };
}

/** The path of a line, broken where there is no value; closed down to `floor` if that is given. */
function path(points, x, y, floor = null) {
  let result = "", start = null, last = null;
  const close = () => {
    if (floor !== null && start !== null) result += `V${floor.toFixed(1)}H${start.toFixed(1)}Z`;
    start = null;
  };
  points.forEach(([ms, value], index) => {
    if (value === null || value === undefined) {
      close();
      last = null;
      return;
    }
    const alone = last === null && (points[index + 1]?.[1] ?? null) === null;
    result += `${last === null ? "M" : "L"}${x(ms).toFixed(1)} ${y(value).toFixed(1)}`;
    if (last === null) start = x(ms);
    if (alone && floor === null) result += "h0.01"; // a single point is seen as a dot
    last = value;
  });
  close();
  return result;
}

/**
 * A small line without axes; what it says stands as text beside it.
 * @returns {{element: SVGElement, draw(points: [number, number | null][]): void}}
 */
export function sparkline(width = 132, height = 34) {
  const area = s("path", { class: "spark-area" });
  const line = s("path", { class: "spark-line" });
  const dot = s("circle", { class: "spark-dot", r: 2.6, visibility: "hidden" });
  const element = s("svg", { class: "sparkline", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" }, area, line, dot);
  return {
    element,
    draw(points) {
      const known = points.filter(point => point[1] !== null && point[1] !== undefined);
      if (!known.length) {
        for (const mark of [area, line]) mark.removeAttribute("d");
        dot.setAttribute("visibility", "hidden");
        return;
      }
      const from = points[0][0], to = points.at(-1)[0];
      const high = Math.max(...known.map(point => point[1])) || 1;
      const x = ms => 1 + (ms - from) / Math.max(1, to - from) * (width - 6);
      const y = value => height - 3 - Math.max(0, value) / high * (height - 8);
      line.setAttribute("d", path(points, x, y));
      area.setAttribute("d", path(points, x, y, height));
      const [ms, value] = known.at(-1);
      dot.setAttribute("cx", x(ms));
      dot.setAttribute("cy", y(value));
      dot.setAttribute("visibility", "visible");
    },
  };
}

/** Series as a table: the newest values first. */
export function dataTable(caption, series, format, rows = 60) {
  const moments = [...new Set(series.flatMap(one => one.points.map(point => point[0])))].sort((one, other) => other - one).slice(0, rows);
  const maps = series.map(one => new Map(one.points.map(([ms, value]) => [ms, value])));
  return h("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": caption }, h("table", { class: "data-table" }, h("caption", null, caption),
    h("thead", null, h("tr", null, h("th", { scope: "col" }, "Time"), series.map(one => h("th", { scope: "col" }, one.name)))),
    h("tbody", null, moments.map(ms => h("tr", null, h("th", { scope: "row" }, time(ms, false)), maps.map(map => h("td", null, format(map.get(ms)))))))));
}
