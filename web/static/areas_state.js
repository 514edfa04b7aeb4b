// What the editor knows: the stations as the server told them, what was changed, and the way back.
"use strict";

const AreaState = (() => {
  const { boxOf, holds, placeIn, edgesAt, faceEachOther, opened } = AreaGeometry;
  const stations = new Map(); // code -> station as loaded, with its parts and the version they were loaded at
  let edits = new Map(); // code -> changed parts
  let past = [], future = [];
  let selected = { code: "", part: 0 };
  let held = new Set(); // codes that a tool works on
  const listeners = [];

  const tellAll = (codes) => listeners.forEach((listen) => listen(codes));
  const partsOf = (code) => edits.get(code) ?? stations.get(code)?.parts ?? [];
  const touched = () => [...edits.keys()].sort();
  const nameOf = (code) => stations.get(code)?.name ?? code;

  // What was changed here stays as it is, also what was taken back and may come again: the server's answer must not take
  // it away, nor its old version, by which the server sees that somebody else was quicker.
  const kept = (code) => [edits, ...past, ...future].some((one) => one.has(code));
  function load(list, version) {
    for (const one of list) {
      if (kept(one.code)) continue;
      stations.set(one.code, { ...one, version, parts: one.parts.map(opened) });
    }
    tellAll(list.map((one) => one.code));
  }
  function forget(keep) {
    const gone = [...stations.keys()].filter((code) => !keep.has(code) && !kept(code) && !held.has(code) && code !== selected.code);
    gone.forEach((code) => stations.delete(code));
    tellAll(gone);
  }

  // `changes`: [code, parts] each; parts null: as loaded again.
  function change(changes) {
    past.push(edits);
    future = [];
    edits = new Map(edits);
    for (const [code, parts] of changes) {
      if (parts) edits.set(code, parts);
      else edits.delete(code);
    }
    settle(changes.map(([code]) => code));
  }
  function settle(codes) {
    selected.part = Math.min(selected.part, Math.max(0, partsOf(selected.code).length - 1));
    tellAll(codes);
  }
  function turn(from, to) {
    if (!from.length) return false;
    const codes = [...edits.keys()];
    to.push(edits);
    edits = from.pop();
    settle([...new Set([...codes, ...edits.keys()])]);
    return true;
  }
  function drop() {
    const codes = touched();
    [edits, past, future] = [new Map(), [], []];
    settle(codes);
  }

  function select(code, part = 0) {
    const before = selected.code;
    selected = { code, part };
    tellAll([before, code].filter(Boolean));
  }

  // Where the border of the chosen part runs through the point; and with `together` where others have the same corner, or
  // the same stretch of border from the other side, so that neither a gap nor an overlap arises.
  function placesOf(point, together) {
    const own = placesIn(selected.code, selected.part, point);
    if (!together) return own;
    const edges = own.flatMap(edgesOf), found = [...own];
    for (const code of stations.keys()) {
      partsOf(code).forEach((polygon, part) => {
        if (code === selected.code && part === selected.part) return;
        found.push(...placesIn(code, part, point).filter((place) => !place.insert || faceEachOther(edges, edgesOf(place))));
      });
    }
    return found;
  }
  function placesIn(code, part, point) {
    const polygon = partsOf(code)[part];
    if (!polygon || !holds(boxOf(polygon), point, 1e-8)) return [];
    return polygon.flatMap((ring, number) => {
      const place = placeIn(ring, point);
      return place ? [{ code, part, ring: number, ...place }] : [];
    });
  }
  const edgesOf = (place) => edgesAt(partsOf(place.code)[place.part][place.ring], place, place.ring === 0);

  // The parts of each station with those places put to `point`, or without them when it is null.
  function moved(places, point) {
    const result = new Map();
    for (const place of places) {
      const parts = [...(result.get(place.code) ?? partsOf(place.code))];
      parts[place.part] = parts[place.part].map((ring, k) => (k === place.ring ? put(ring, place, point) : ring));
      result.set(place.code, parts);
    }
    return [...result];
  }
  const put = (ring, { at, insert }, point) => (
    point ? ring.toSpliced(at, insert ? 0 : 1, point) : insert || ring.length <= 3 ? ring : ring.toSpliced(at, 1)
  );

  return {
    stations, partsOf, nameOf, touched, load, forget, change, drop, select, placesOf, moved,
    hold: (...codes) => { held = new Set(codes); },
    selected: () => selected,
    part: () => partsOf(selected.code)[selected.part] ?? null,
    undo: () => turn(past, future),
    redo: () => turn(future, past),
    canUndo: () => past.length > 0,
    canRedo: () => future.length > 0,
    everyPart: () => [...stations.keys()].flatMap(partsOf),
    listen: (listener) => listeners.push(listener),
  };
})();
