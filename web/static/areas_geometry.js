// Points are [lng, lat] in GCJ-02; a ring is a list of points without the first one repeated; a part is a list of
// rings, the outline first. Nothing here is ever changed in place.
"use strict";

const AreaGeometry = (() => {
  const SAME = 1e-9; // degrees: a tenth of a millimetre
  const ON_EDGE = 1e-8;
  const boxes = new WeakMap();

  const same = (a, b) => Math.abs(a[0] - b[0]) < SAME && Math.abs(a[1] - b[1]) < SAME;
  const rounded = ([x, y]) => [Number(x.toFixed(7)), Number(y.toFixed(7))]; // a centimetre
  const middle = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  const opened = (part) => part.map((ring) => (same(ring[0], ring.at(-1)) ? ring.slice(0, -1) : ring));
  const closed = (part) => part.map((ring) => [...ring, ring[0]]);

  // Whether parts have the same corners: what is loaded again is another list.
  const alike = (some, others) => some === others || JSON.stringify(some) === JSON.stringify(others);

  // [west, south, east, north]; kept, since it is asked for with every movement of the mouse.
  function boxOf(part) {
    const known = boxes.get(part);
    if (known) return known;
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (const [x, y] of part[0]) {
      box[0] = Math.min(box[0], x);
      box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x);
      box[3] = Math.max(box[3], y);
    }
    boxes.set(part, box);
    return box;
  }
  const joined = (list) => list.reduce((all, box) => [Math.min(all[0], box[0]), Math.min(all[1], box[1]),
    Math.max(all[2], box[2]), Math.max(all[3], box[3])]);
  const holds = (box, [x, y], by = 0) => x >= box[0] - by && x <= box[2] + by && y >= box[1] - by && y <= box[3] + by;

  function onEdge(p, a, b) {
    const [dx, dy] = [b[0] - a[0], b[1] - a[1]], length = dx * dx + dy * dy;
    if (!length) return false;
    const along = ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / length;
    if (along <= 0 || along >= 1) return false;
    return Math.hypot(a[0] + along * dx - p[0], a[1] + along * dy - p[1]) < ON_EDGE;
  }

  // Where a ring has this point: {at, insert: false}; where it could have it, on an edge: {at, insert: true}.
  function placeIn(ring, point) {
    const at = ring.findIndex((one) => same(one, point));
    if (at >= 0) return { at, insert: false };
    const edge = ring.findIndex((one, k) => onEdge(point, one, ring[(k + 1) % ring.length]));
    return edge >= 0 ? { at: edge + 1, insert: true } : null;
  }

  // The edges of a ring at a place: the one that a point is put into, or the two that meet in it; each with the
  // direction into the area. `outline`: the ring is no hole.
  function edgesAt(ring, { at, insert }, outline) {
    const n = ring.length, turn = (signedArea(ring) > 0) === outline ? 1 : -1;
    const starts = insert ? [at - 1] : [(at + n - 1) % n, at];
    return starts.map((k) => {
      const [a, b] = [ring[k], ring[(k + 1) % n]], along = [b[0] - a[0], b[1] - a[1]], length = Math.hypot(...along) || 1;
      return [(-along[1] / length) * turn, (along[0] / length) * turn];
    });
  }
  function signedArea(ring) {
    return ring.reduce((sum, [x, y], k) => {
      const [nx, ny] = ring[(k + 1) % ring.length];
      return sum + (x - ring[0][0]) * (ny - ring[0][1]) - (nx - ring[0][0]) * (y - ring[0][1]);
    }, 0);
  }
  // Two areas on either side of one line: the directions into them are opposite.
  const faceEachOther = (some, others) => some.some((a) => others.some((b) => a[0] * b[0] + a[1] * b[1] < -0.999999));

  function crossings(part, y) {
    const found = [];
    for (const ring of part) {
      ring.forEach((a, k) => {
        const b = ring[(k + 1) % ring.length];
        if ((a[1] > y) !== (b[1] > y)) found.push(a[0] + ((y - a[1]) / (b[1] - a[1])) * (b[0] - a[0]));
      });
    }
    return found.sort((one, other) => one - other);
  }

  // A point inside for a label: the middle of the widest stretch at half the height.
  function labelPoint(part) {
    const box = boxOf(part), y = (box[1] + box[3]) / 2, xs = crossings(part, y);
    let best = [box[0], box[2]], width = -1;
    for (let k = 0; k + 1 < xs.length; k += 2) {
      if (xs[k + 1] - xs[k] > width) {
        best = [xs[k], xs[k + 1]];
        width = xs[k + 1] - xs[k];
      }
    }
    return [(best[0] + best[1]) / 2, y];
  }

  // About how many square kilometres; the server says it exactly.
  function squareKm(part) {
    const perDegree = (6378.245 * Math.PI) / 180;
    const flat = ([x, y]) => [x * Math.cos((y * Math.PI) / 180) * perDegree, y * perDegree];
    const size = (ring) => {
      const xy = ring.map(flat);
      return Math.abs(xy.reduce((sum, [x, y], k) => {
        const [nx, ny] = xy[(k + 1) % xy.length];
        return sum + x * ny - nx * y;
      }, 0)) / 2;
    };
    return size(part[0]) - part.slice(1).reduce((sum, ring) => sum + size(ring), 0);
  }

  // The vertex nearest to a point, none when all are further than `reach` degrees of latitude. `skip`: not that one.
  function nearestVertex(parts, point, reach, skip = null) {
    const narrow = Math.cos((point[1] * Math.PI) / 180);
    let best = null, least = reach;
    for (const part of parts) {
      if (!holds(boxOf(part), point, reach / narrow)) continue;
      for (const ring of part) {
        for (const one of ring) {
          const far = Math.hypot((one[0] - point[0]) * narrow, one[1] - point[1]);
          if (far < least && !(skip && same(one, skip))) [best, least] = [one, far];
        }
      }
    }
    return best;
  }

  return { same, alike, rounded, middle, opened, closed, boxOf, joined, holds, placeIn, edgesAt, faceEachOther, labelPoint, squareKm, nearestVertex };
})();
