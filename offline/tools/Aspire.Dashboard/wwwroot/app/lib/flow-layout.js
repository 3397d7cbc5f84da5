// Where the nodes and edges of a flow stand. No element here: numbers in, numbers out.

/**
 * Sides of the drawing: wide (lanes are rows, time goes right) or tall (lanes are columns, time goes down).
 * @param {{lanes: {id: string}[], nodes: {id: string, lane?: string | null, column: number}[], edges: {from: string, to: string}[]}} flow
 * @param {{width: number, tall: boolean}} frame
 * @returns {{width: number, height: number, nodes: Map<string, {x: number, y: number, width: number, height: number}>, lanes: {id: string, x: number, y: number, width: number, height: number}[],
 *   edges: {from: string, to: string, path: string, label: {x: number, y: number}}[]}}
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

function wideLayout(flow, lanes, columns, cells, width) {
  const pad = 22, gap = Math.max(70, Math.min(132, width / columns.length * 0.42)), nodeHeight = 74, stack = 34, laneHead = 40;
  const nodeWidth = Math.min(184, (width - pad * 2 - gap * (columns.length - 1)) / columns.length);
  const step = columns.length > 1 ? (width - pad * 2 - nodeWidth) / (columns.length - 1) : 0;
  const nodes = new Map(), laneBoxes = [];
  let y = 0;
  lanes.forEach((lane, index) => {
    const deepest = Math.max(1, ...columns.map(column => cells.get(`${index} ${column}`)?.length ?? 0));
    const height = laneHead + deepest * nodeHeight + (deepest - 1) * stack + 30;
    columns.forEach((column, at) => (cells.get(`${index} ${column}`) ?? []).forEach((node, below) =>
      nodes.set(node.id, { x: pad + at * step, y: y + laneHead + below * (nodeHeight + stack), width: nodeWidth, height: nodeHeight })));
    laneBoxes.push({ id: lane.id, x: 0, y, width, height });
    y += height + 18;
  });
  const height = y - 18;
  columns.forEach((column, at) => {
    const shared = cells.get(`-1 ${column}`) ?? [];
    const total = shared.length * nodeHeight + (shared.length - 1) * stack;
    shared.forEach((node, below) => nodes.set(node.id, { x: pad + at * step, y: height / 2 - total / 2 + below * (nodeHeight + stack), width: nodeWidth, height: nodeHeight }));
  });
  // A lane ends before the column of what stands between the lanes.
  const sharedColumns = columns.filter(column => cells.has(`-1 ${column}`));
  if (sharedColumns.length && sharedColumns[0] === columns.at(-1)) for (const lane of laneBoxes) lane.width = pad + (columns.length - 1) * step - 26;
  return { width, height, nodes, lanes: laneBoxes, edges: edgesOf(flow, nodes, false) };
}

function tallLayout(flow, lanes, columns, cells, width) {
  const gutter = 10, laneWidth = (width - gutter * (lanes.length - 1)) / lanes.length, nodeWidth = Math.min(176, laneWidth - 16);
  const nodeHeight = 68, gap = 58, head = 42, stack = 50;
  const nodes = new Map();
  let y = head;
  const columnEnds = [];
  for (const column of columns) {
    const groups = [...lanes.map((_, index) => index), -1].map(index => [index, cells.get(`${index} ${column}`) ?? []]);
    const deepest = Math.max(1, ...groups.map(([, group]) => group.length));
    for (const [index, group] of groups) {
      const centre = index < 0 ? width / 2 : index * (laneWidth + gutter) + laneWidth / 2;
      group.forEach((node, below) => nodes.set(node.id, { x: centre - nodeWidth / 2, y: y + below * (nodeHeight + stack), width: nodeWidth, height: nodeHeight }));
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
    return { from: edge.from, to: edge.to, ...curve(from, to, tall) };
  });
}

/** A smooth curve from side to side: right to left when wide, bottom to top when tall, over the nearer side when neither lies ahead. */
function curve(from, to, tall) {
  const centre = box => ({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
  const a = centre(from), b = centre(to);
  let start, end, one, other;
  const ahead = tall ? to.y >= from.y + from.height : to.x >= from.x + from.width;
  const stacked = tall ? Math.abs(a.x - b.x) < 4 && !ahead : Math.abs(a.x - b.x) < 4;
  if (ahead && tall) {
    start = { x: a.x, y: from.y + from.height };
    end = { x: b.x, y: to.y };
    const bend = (end.y - start.y) / 2;
    one = { x: start.x, y: start.y + bend };
    other = { x: end.x, y: end.y - bend };
  } else if (ahead) {
    start = { x: from.x + from.width, y: a.y };
    end = { x: to.x, y: b.y };
    const bend = (end.x - start.x) / 2;
    one = { x: start.x + bend, y: start.y };
    other = { x: end.x - bend, y: end.y };
  } else if (stacked) {
    const down = b.y > a.y;
    start = { x: a.x, y: down ? from.y + from.height : from.y };
    end = { x: b.x, y: down ? to.y : to.y + to.height };
    one = { x: start.x, y: (start.y + end.y) / 2 };
    other = { x: end.x, y: (start.y + end.y) / 2 };
  } else { // backwards: around, below
    start = { x: a.x, y: from.y + from.height };
    end = { x: b.x, y: to.y + to.height };
    const depth = Math.max(start.y, end.y) + 44;
    one = { x: start.x, y: depth };
    other = { x: end.x, y: depth };
  }
  const n = value => value.toFixed(1);
  return {
    path: `M${n(start.x)} ${n(start.y)}C${n(one.x)} ${n(one.y)} ${n(other.x)} ${n(other.y)} ${n(end.x)} ${n(end.y)}`,
    label: { x: (start.x + 3 * one.x + 3 * other.x + end.x) / 8, y: (start.y + 3 * one.y + 3 * other.y + end.y) / 8 },
    points: sample(start, one, other, end),
  };
}

const Samples = 48;

/** Points along a curve, and the length at each: what moves along it needs no geometry of the browser. */
function sample(p0, p1, p2, p3) {
  const points = [];
  let length = 0;
  for (let index = 0; index <= Samples; index++) {
    const t = index / Samples, u = 1 - t;
    const x = u * u * u * p0.x + 3 * u * u * t * p1.x + 3 * u * t * t * p2.x + t * t * t * p3.x;
    const y = u * u * u * p0.y + 3 * u * u * t * p1.y + 3 * u * t * t * p2.y + t * t * t * p3.y;
    if (index) length += Math.hypot(x - points[index - 1].x, y - points[index - 1].y);
    points.push({ x, y, at: length });
  }
  return points;
}
