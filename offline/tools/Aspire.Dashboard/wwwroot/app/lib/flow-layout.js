// Where the nodes and edges of a flow stand. No element here: numbers in, numbers out.

const Passage = 26;

/**
 * Sides of the drawing: wide (lanes are rows, time goes right) or tall (lanes are columns, time goes down).
 * @param {{lanes: {id: string}[], nodes: {id: string, lane?: string | null, column: number}[], edges: {from: string, to: string}[]}} flow
 * @param {{width: number, tall: boolean}} frame
 * @returns {{width: number, height: number, nodes: Map<string, {x: number, y: number, width: number, height: number}>, lanes: {id: string, x: number, y: number, width: number, height: number}[],
 *   edges: {from: string, to: string, path: string, points: {x: number, y: number, at: number}[], label: {x: number, y: number}, words: "over" | "around" | "beside"}[]}}
 */
export function layout(flow, { width, tall }) {
  const columns = [...new Set(flow.nodes.map(node => node.column))].sort((one, other) => one - other);
  const lanes = flow.lanes.length ? flow.lanes : [{ id: "" }];
  const laneOf = node => lanes.findIndex(lane => lane.id === node.lane);
  const cells = new Map(); // lane and column -> nodes, stacked in the order of the file
  for (const node of flow.nodes) {
    const key = `${laneOf(node)} ${node.column}`;
    cells.set(key, [...cells.get(key) ?? [], node]);
  }
  return tall ? tallLayout(flow, lanes, columns, cells, width) : wideLayout(flow, lanes, columns, cells, width);
}

/** Wide: an icon with its words below; edges run from icon to icon, so that they are long enough to show what moves. */
function wideLayout(flow, lanes, columns, cells, width) {
  const tile = 60, nodeHeight = 126, stack = 54, laneHead = 44, laneFoot = 22, between = 18, side = 30;
  const nodeWidth = Math.min(168, Math.max(104, width / columns.length - 10));
  const step = columns.length > 1 ? (width - side * 2 - nodeWidth) / (columns.length - 1) : 0;
  const nodes = new Map(), laneBoxes = [];
  const stand = (node, at, y) => {
    const x = side + at * step;
    nodes.set(node.id, { x, y, width: nodeWidth, height: nodeHeight, core: { x: x + (nodeWidth - tile) / 2 - 4, y, width: tile + 8, height: tile } });
  };
  let y = 0;
  lanes.forEach((lane, index) => {
    const deepest = Math.max(1, ...columns.map(column => cells.get(`${index} ${column}`)?.length ?? 0));
    const height = laneHead + deepest * nodeHeight + (deepest - 1) * stack + laneFoot;
    columns.forEach((column, at) => (cells.get(`${index} ${column}`) ?? []).forEach((node, below) => stand(node, at, y + laneHead + below * (nodeHeight + stack))));
    laneBoxes.push({ id: lane.id, x: 0, y, width, height });
    y += height + between;
  });
  const height = y - between;
  columns.forEach((column, at) => {
    const shared = cells.get(`-1 ${column}`) ?? [];
    const total = shared.length * nodeHeight + (shared.length - 1) * stack;
    // Between the first and the last lane's first row: where both sides' lines meet with the same swing.
    const centre = laneBoxes.length > 1 ? (laneBoxes[0].y + laneBoxes.at(-1).y) / 2 + laneHead + tile / 2 : height / 2;
    shared.forEach((node, below) => stand(node, at, centre - tile / 2 - (total - nodeHeight) / 2 + below * (nodeHeight + stack)));
  });
  // A lane ends before the column of what stands between the lanes.
  const sharedColumns = columns.filter(column => cells.has(`-1 ${column}`));
  if (sharedColumns.length && sharedColumns[0] === columns.at(-1)) for (const lane of laneBoxes) lane.width = side + (columns.length - 1) * step - 6;
  return { width, height, nodes, lanes: laneBoxes, edges: edgesOf(flow, nodes, false) };
}

/** Tall, for a phone: cards with their words beside the icon; edges run from card to card. */
function tallLayout(flow, lanes, columns, cells, width) {
  const gutter = 10, laneWidth = (width - gutter * (lanes.length - 1)) / lanes.length, nodeWidth = Math.min(184, laneWidth - 10);
  const nodeHeight = 68, gap = 62, head = 42, stack = 62;
  const nodes = new Map();
  let y = head;
  const columnEnds = [];
  for (const column of columns) {
    const groups = [...lanes.map((_, index) => index), -1].map(index => [index, cells.get(`${index} ${column}`) ?? []]);
    const deepest = Math.max(1, ...groups.map(([, group]) => group.length));
    for (const [index, group] of groups) {
      const centre = index < 0 ? width / 2 : index * (laneWidth + gutter) + laneWidth / 2;
      group.forEach((node, below) => {
        const indent = below ? Passage : 0; // leaves room for what passes by on the way down
        const box = { x: centre - nodeWidth / 2 + indent, y: y + below * (nodeHeight + stack), width: nodeWidth - indent, height: nodeHeight };
        nodes.set(node.id, { ...box, core: box });
      });
    }
    y += deepest * nodeHeight + (deepest - 1) * stack + gap;
    columnEnds.push(y - gap);
  }
  const height = y - gap + 16;
  const lastIsShared = cells.has(`-1 ${columns.at(-1)}`);
  const laneHeight = lastIsShared && columns.length > 1 ? columnEnds.at(-2) + 18 : height;
  return { width, height, nodes, lanes: lanes.map((lane, index) => ({ id: lane.id, x: index * (laneWidth + gutter), y: 0, width: laneWidth, height: laneHeight })), edges: edgesOf(flow, nodes, true) };
}

function edgesOf(flow, nodes, tall) {
  return flow.edges.filter(edge => nodes.has(edge.from) && nodes.has(edge.to)).map(edge => {
    const from = nodes.get(edge.from), to = nodes.get(edge.to);
    return { from: edge.from, to: edge.to, ...curve(from, to, tall, [...nodes.values()]) };
  });
}

const centreOf = box => ({ x: box.x + box.width / 2, y: box.y + box.height / 2 });

/**
 * The way of an edge. Wide: level from side to side, or level and then up or down into a node of another row. Tall, or to a node right
 * below: down from edge to edge, past what stands in between. `words` says where its words stand: "over" (above and below the line),
 * "around" (left and right of it) or "beside" (all right of it).
 */
function curve(from, to, tall, all) {
  const a = centreOf(from.core), b = centreOf(to.core);
  if (!tall && to.core.x >= from.core.x + from.core.width + 4) {
    const start = { x: from.core.x + from.core.width, y: a.y };
    const corner = all.some(box => box !== to && Math.abs(centreOf(box.core).x - b.x) < 4 && Math.abs(centreOf(box.core).y - a.y) < 4);
    if (corner && b.y > from.y + from.height) { // another node stands where it would turn: down first, then level
      const below = { x: a.x, y: from.y + from.height }, end = { x: to.core.x, y: b.y };
      return way([below, { x: a.x, y: below.y + (end.y - below.y) * 0.86 }, { x: a.x + (end.x - a.x) * 0.14, y: end.y }, end], { x: end.x - Math.min(62, (end.x - a.x) * 0.42), y: end.y }, "over");
    }
    if (Math.abs(b.y - a.y) > 100) { // another row: level first, then into it from above or below
      const end = { x: b.x, y: b.y > a.y ? to.y - 4 : to.y + to.height };
      const one = { x: start.x + (end.x - start.x) * 0.86, y: start.y }, other = { x: end.x, y: start.y + (end.y - start.y) * 0.12 };
      return way([start, one, other, end], { x: start.x + Math.min(62, (end.x - start.x) * 0.42), y: start.y }, "over");
    }
    const end = { x: to.core.x, y: b.y }, bend = (end.x - start.x) / 2;
    return way([start, { x: start.x + bend, y: start.y }, { x: end.x - bend, y: end.y }, end], { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 }, "over");
  }
  if (tall ? to.y >= from.y + from.height : Math.abs(a.x - b.x) < 4) {
    const down = b.y > a.y;
    const obstacle = tall && all.find(box => box !== from && box !== to && box.y >= from.y + from.height && box.y + box.height <= to.y && a.x > box.x && a.x < box.x + box.width);
    if (obstacle) {
      const start = { x: from.x + Passage / 2, y: from.y + from.height }, turn = { x: start.x, y: to.y - 70 }, end = { x: to.x + to.width / 4, y: to.y };
      return way([turn, { x: turn.x, y: turn.y + 40 }, { x: end.x, y: end.y - 40 }, end], { x: turn.x, y: turn.y - 26 }, "beside", start);
    }
    const start = { x: a.x, y: down ? from.y + from.height : from.y }, end = { x: b.x, y: down ? to.y : to.y + to.height };
    const bend = (end.y - start.y) / 2, straight = Math.abs(start.x - end.x) < Passage;
    if (straight) start.x = end.x = Math.max(start.x, end.x);
    return way([start, { x: start.x, y: start.y + bend }, { x: end.x, y: end.y - bend }, end],
      straight ? { x: start.x, y: (start.y + end.y) / 2 } : { x: Math.max(start.x, end.x), y: start.y + 28 }, straight ? "around" : "beside");
  }
  // Back: around, below.
  const start = { x: a.x, y: from.y + from.height }, end = { x: b.x, y: to.y + to.height }, depth = Math.max(start.y, end.y) + 44;
  return way([start, { x: start.x, y: depth }, { x: end.x, y: depth }, end], { x: (start.x + end.x) / 2, y: depth - 12 }, "over");
}

function way([start, one, other, end], label, words, before = null) {
  const n = value => value.toFixed(1);
  const lead = before ? `M${n(before.x)} ${n(before.y)}L` : "M";
  return { path: `${lead}${n(start.x)} ${n(start.y)}C${n(one.x)} ${n(one.y)} ${n(other.x)} ${n(other.y)} ${n(end.x)} ${n(end.y)}`, points: sample(start, one, other, end, before), label, words };
}

/** The point of a sampled curve at so much of its length. */
export function pointAt(points, at) {
  let low = 0, high = points.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (points[middle].at <= at) low = middle;
    else high = middle;
  }
  const from = points[low], to = points[high], share = (at - from.at) / Math.max(0.001, to.at - from.at);
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

const Samples = 48;

/** Points along a curve, and the length at each: what moves along it needs no geometry of the browser. */
function sample(p0, p1, p2, p3, before) {
  const points = before ? [{ ...before, at: 0 }] : [];
  let length = 0;
  for (let index = 0; index <= Samples; index++) {
    const t = index / Samples, u = 1 - t;
    const x = u * u * u * p0.x + 3 * u * u * t * p1.x + 3 * u * t * t * p2.x + t * t * t * p3.x;
    const y = u * u * u * p0.y + 3 * u * u * t * p1.y + 3 * u * t * t * p2.y + t * t * t * p3.y;
    if (points.length) length += Math.hypot(x - points.at(-1).x, y - points.at(-1).y);
    points.push({ x, y, at: length });
  }
  return points;
}
