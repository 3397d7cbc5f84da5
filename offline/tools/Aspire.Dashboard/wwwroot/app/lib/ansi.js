// Terminal colours. Escape sequences become classes of the page's own palette, so that each has enough contrast in both themes.

const Sgr = /\x1b\[([0-9;:]*)m/g;
const OtherSequences = /\x1b\[[0-9;?]*[A-Za-ln-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]|[\x00-\x08\x0b-\x1a\x1c-\x1f]/g;
const Cube = [0, 95, 135, 175, 215, 255];
const Basic = [[0, 0, 0], [205, 49, 49], [13, 188, 121], [229, 229, 16], [36, 114, 200], [188, 63, 188], [17, 168, 205], [229, 229, 229]];

/**
 * Cuts a line into pieces of one style each.
 * @param {string} line
 * @returns {{text: string, classes: string}[]}
 */
export function ansi(line) {
  const pieces = [];
  const style = { colour: null, ground: null, bold: false, dim: false, italic: false, underline: false };
  const push = text => {
    const clean = text.replace(OtherSequences, "");
    if (clean) pieces.push({ text: clean, classes: classesOf(style) });
  };
  let from = 0;
  for (const match of line.matchAll(Sgr)) {
    push(line.slice(from, match.index));
    apply(style, match[1].split(/[;:]/).map(Number));
    from = match.index + match[0].length;
  }
  push(line.slice(from));
  return pieces;
}

/** A line without its escape sequences. */
export function plain(line) {
  return line.includes("\x1b") ? line.replace(Sgr, "").replace(OtherSequences, "") : line;
}

/** Backgrounds are not painted; what a logger sets black on red is red here. */
function classesOf({ colour: foreground, ground, bold, dim, italic, underline }) {
  const colour = ground && (foreground === null || foreground === 0) ? ground : foreground;
  return [
    colour !== null && `ansi-${colour}`, bold && "ansi-bold", dim && "ansi-dim", italic && "ansi-italic", underline && "ansi-underline",
  ].filter(Boolean).join(" ");
}

function apply(style, codes) {
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index];
    if (code === 0) Object.assign(style, { colour: null, ground: null, bold: false, dim: false, italic: false, underline: false });
    else if (code === 1) style.bold = true;
    else if (code === 2) style.dim = true;
    else if (code === 3) style.italic = true;
    else if (code === 4) style.underline = true;
    else if (code === 22) style.bold = style.dim = false;
    else if (code === 23) style.italic = false;
    else if (code === 24) style.underline = false;
    else if (code >= 30 && code <= 37) style.colour = code - 30;
    else if (code >= 90 && code <= 97) style.colour = code - 82;
    else if (code === 39) style.colour = null;
    else if (code >= 40 && code <= 47) style.ground = code - 40;
    else if (code >= 100 && code <= 107) style.ground = code - 92;
    else if (code === 49) style.ground = null;
    else if (code === 38 || code === 48) { // of 256 colours or of 16 million: the nearest of ours
      const foreground = code === 38;
      if (codes[index + 1] === 5) {
        if (foreground) style.colour = nearest(fromIndex(codes[index + 2] ?? 7), codes[index + 2]);
        index += 2;
      } else if (codes[index + 1] === 2) {
        if (foreground) style.colour = nearest(codes.slice(index + 2, index + 5));
        index += 4;
      }
    }
  }
}

function fromIndex(index) {
  if (index < 16) return Basic[index % 8];
  if (index >= 232) return Array(3).fill(8 + (index - 232) * 10);
  const cell = index - 16;
  return [Cube[Math.floor(cell / 36)], Cube[Math.floor(cell / 6) % 6], Cube[cell % 6]];
}

function nearest([red, green, blue], index = 16) {
  if (index < 16) return index;
  let best = 0, least = Infinity;
  Basic.forEach(([r, g, b], candidate) => {
    const distance = (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  });
  return best;
}
