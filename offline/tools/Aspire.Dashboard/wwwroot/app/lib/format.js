// How numbers, times and durations are written, the same on every page.

const dash = "–";

/** A duration in milliseconds: `840 µs`, `12.3 ms`, `1.24 s`, `2 min 5 s`. */
export function duration(ms) {
  if (ms === null || ms === undefined || Number.isNaN(ms)) return dash;
  const size = Math.abs(ms);
  if (size === 0) return "0 ms";
  if (size < 0.9995) return `${digits(ms * 1000, 3)} µs`;
  if (size < 999.5) return `${digits(ms, 3)} ms`;
  if (size < 59_950) return `${digits(ms / 1000, 3)} s`;
  const seconds = Math.round(size / 1000);
  const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const first = parts.findIndex(([unit]) => seconds >= unit);
  const [unit, name] = parts[first];
  const rest = seconds % unit;
  const below = parts[first + 1];
  return `${Math.floor(seconds / unit)} ${name}${below && rest >= below[0] ? ` ${Math.floor(rest / below[0])} ${below[1]}` : ""}`;
}

/** A number with so many significant digits, without trailing zeros. */
export function digits(value, significant = 3) {
  if (value === 0) return "0";
  const size = Math.floor(Math.log10(Math.abs(value)));
  const decimals = Math.max(0, Math.min(6, significant - 1 - size));
  return trim(value.toFixed(decimals));
}

function trim(text) {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** A count: `950`, `12.4 k`, `3.1 M`. */
export function count(value) {
  if (value === null || value === undefined) return dash;
  const size = Math.abs(value);
  if (size < 1000) return digits(value, 3);
  if (size < 999_500) return `${digits(value / 1000, 3)} k`;
  if (size < 999_500_000) return `${digits(value / 1e6, 3)} M`;
  return `${digits(value / 1e9, 3)} G`;
}

/** Something per second. */
export function rate(perSecond) {
  if (perSecond === null || perSecond === undefined) return dash;
  return `${count(perSecond < 100 ? Number(perSecond.toFixed(perSecond < 1 ? 2 : 1)) : perSecond)}/s`;
}

/** A share: `0.4 %`. */
export function percent(share) {
  if (share === null || share === undefined) return dash;
  return `${digits(share * 100, share > 0 && share < 0.01 ? 1 : 2)} %`;
}

/**
 * A measured value in its instrument's unit (UCUM): seconds and bytes get a fitting prefix, `{request}` is a word,
 * `1` nothing.
 */
export function measure(value, unit, perSecond = false) {
  if (value === null || value === undefined || Number.isNaN(value)) return dash;
  const suffix = perSecond ? "/s" : "";
  switch (unit) {
    case "s": return perSecond ? `${digits(value)} s/s` : duration(value * 1000);
    case "ms": return perSecond ? `${digits(value)} ms/s` : duration(value);
    case "us": return duration(value / 1000);
    case "ns": return duration(value / 1e6);
    case "By": case "bytes": return bytes(value) + suffix;
    case "MBy": return bytes(value * 1e6) + suffix;
    case "%": return `${digits(value)} %`;
    case "": case "1": case null: case undefined: return count(value) + suffix;
    default: {
      const word = /^\{(.+)\}$/.exec(unit)?.[1];
      return `${count(value)}${suffix} ${word ?? unit}`.trim();
    }
  }
}

/** Bytes: `1.5 MiB`. */
export function bytes(value) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let scaled = value, index = 0;
  while (Math.abs(scaled) >= 1023.5 && index < units.length - 1) {
    scaled /= 1024;
    index++;
  }
  return `${digits(scaled, 3)} ${units[index]}`;
}

/** A word for a unit, as a chart's caption shows it. */
export function unitName(unit, perSecond = false) {
  const name = { "": "", "1": "", s: "seconds", ms: "milliseconds", By: "bytes", "%": "percent" }[unit ?? ""] ?? unit.replace(/[{}]/g, "");
  return perSecond ? `${name || "events"} per second` : name;
}

const two = number => String(number).padStart(2, "0");

/** The time of day, local: `14:03:07.512`. */
export function time(ms, millis = true) {
  if (ms === null || ms === undefined) return dash;
  const date = new Date(ms);
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return millis ? `${clock}.${String(date.getMilliseconds()).padStart(3, "0")}` : clock;
}

/** Date and time, local: `2026-11-25 14:03:07.512`. */
export function dateTime(ms) {
  if (ms === null || ms === undefined) return dash;
  const date = new Date(ms);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time(ms)}`;
}

/** How long ago, coarse: `12 s`, `4 min`, `2 h 5 min`. */
export function age(ms, now = Date.now()) {
  if (ms === null || ms === undefined) return dash;
  return duration(Math.max(1000, Math.round((now - ms) / 1000) * 1000));
}

/** `1 span`, `2 spans`. */
export function plural(number, word, many = `${word}s`) {
  return `${count(number)} ${number === 1 ? word : many}`;
}

/** Round values for an axis from `low` to `high`: about `wanted` of them; `base` 1024 for bytes. */
export function ticks(low, high, wanted = 4, base = 10) {
  const span = high - low;
  if (!(span > 0)) return [low];
  const rough = span / wanted;
  const power = base ** Math.floor(Math.log(rough) / Math.log(base));
  const steps = base === 10 ? [1, 2, 2.5, 5, 10] : [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
  const step = power * (steps.find(candidate => candidate * power >= rough * 0.999) ?? base);
  const result = [];
  for (let index = Math.ceil(low / step - 1e-9); index * step <= high * (1 + 1e-9) + 1e-12; index++) result.push(index * step);
  return result;
}
