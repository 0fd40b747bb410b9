/** Where the parts of the small staircase stand. Pixels, from the canvas's upper left corner. */
export type Placed = { x: number; y: number; width: number; height: number };
export type Edge = { path: string; head: string; dashed: boolean };
export type Words = { x: number; y: number; width: number; lines: number };
export type Staircase = {
  request: Placed;
  nodes: Placed[];
  edges: Edge[];
  /** Beside the edge that leads away from each node but the last. */
  words: Words[];
  height: number;
};

type Wanted = {
  width: number;
  /** Rows below the head, one for each node. */
  rows: number[];
  /** The condition on each edge between nodes. */
  conditions: string[];
  /** Request and first node side by side, where the names are short enough. */
  beside: boolean;
};

const INSET = 12;
const HEAD = 36;
const ROW = 22;
const STEP = { beside: 36, below: 22 };
const REQUEST = 80;
const GAP = 28;
const LINE = 16;
const GLYPH = 5.8;
/** Where a node's way to the next one leaves it. */
const STEM = { beside: 16, below: 10 };

/** The next attempt stands lower and further right, because it starts later. */
export function staircase({ width, rows, conditions, beside }: Wanted): Staircase {
  const step = beside ? STEP.beside : STEP.below;
  const stem = beside ? STEM.beside : STEM.below;
  const request: Placed = { x: INSET, y: beside ? 24 : 16, width: REQUEST, height: HEAD };
  const first = beside ? request.x + REQUEST + 38 : request.x + step;
  const nodes: Placed[] = [];
  const words: Words[] = [];
  let y = beside ? request.y : request.y + HEAD + 16;
  rows.forEach((count, index) => {
    const x = first + index * step;
    const height = HEAD + (count > 0 ? count * ROW + 6 : 0);
    nodes.push({ x, y, width: width - INSET - x, height });
    const condition = conditions[index];
    const room = width - INSET - x - stem - 12;
    const lines = condition ? Math.ceil((condition.length * GLYPH) / room) : 0;
    const gap = Math.max(GAP, lines * LINE + 12);
    if (index < rows.length - 1) {
      words.push({ x: x + stem + 12, y: y + height + 4, width: room, lines });
    }
    y += height + gap;
  });
  const last = nodes.at(-1);
  return {
    request,
    nodes,
    words,
    edges: edges(request, nodes, beside, stem),
    height: (last ? last.y + last.height : request.y + HEAD) + (beside ? 24 : 16),
  };
}

function edges(request: Placed, nodes: Placed[], beside: boolean, stem: number): Edge[] {
  const [first] = nodes;
  if (!first) return [];
  const way = beside ? across(request, first) : down(request, first, { stem, dashed: false });
  return [
    way,
    ...nodes
      .slice(1)
      .map((node, index) => down(nodes[index] as Placed, node, { stem, dashed: true })),
  ];
}

function across(from: Placed, to: Placed): Edge {
  const y = from.y + HEAD / 2;
  return { path: `M${from.x + from.width} ${y} H${to.x - 4}`, head: head(to.x, y), dashed: false };
}

type Way = { stem: number; dashed: boolean };

function down(from: Placed, to: Placed, { stem, dashed }: Way): Edge {
  const x = from.x + stem;
  const y = to.y + HEAD / 2;
  const turn = Math.min(8, to.x - 4 - x);
  const path = `M${x} ${from.y + from.height} V${y - turn} a${turn} ${turn} 0 0 0 ${turn} ${turn} H${to.x - 4}`;
  return { path, head: head(to.x, y), dashed };
}

const head = (x: number, y: number) => `M${x - 6} ${y - 4} l6 4 -6 4z`;
