// The corners of the chosen area: drag one, drag a middle to add one, Delete takes one away. With the keyboard: Tab goes
// from corner to corner, arrows move it by a pixel (with Shift by ten), + adds one behind it.
"use strict";

const AreaVertices = (() => {
  const { middle } = AreaGeometry;
  const MOST = 300; // handles: more are neither drawn nor grasped
  const STEPS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
  let map, handles = null, options = null, focused = null, dragging = false;

  const latLng = ([x, y]) => [y, x];
  const icon = (kind) => L.divIcon({ className: `area-handle ${kind}`, iconSize: kind === "corner" ? [13, 13] : [11, 11] });

  function start(on, how) {
    [map, options] = [on, how];
    handles = L.layerGroup().addTo(map);
    map.on("moveend", draw);
    draw();
  }
  function stop() {
    map?.off("moveend", draw);
    handles?.remove();
    [handles, focused, dragging] = [null, null, false];
  }

  function draw() {
    if (!handles || dragging) return; // areas that are loaded meanwhile must not take the handle out of one's hand
    const part = AreaState.part(), view = map.getBounds().pad(0.05), keep = focused;
    handles.clearLayers();
    focused = keep; // taking away the handle that has the keyboard is no leaving of it
    if (!part) return;
    const here = part.flatMap((ring) => ring.map((point, k) => [point, ring[(k + 1) % ring.length]]))
      .filter(([point]) => view.contains(latLng(point)));
    options.tooMany(here.length > MOST);
    if (here.length > MOST) return;
    here.forEach(([point, following], k) => {
      handle(point, "corner", `顶点 ${k + 1} Corner ${k + 1}: ${point[0].toFixed(5)}, ${point[1].toFixed(5)}`);
      handle(middle(point, following), "middle", "");
    });
    refocus();
  }
  // Handles are made anew after each change; the keyboard stays where it was.
  function refocus() {
    if (!focused) return;
    handles.eachLayer((one) => { if (AreaGeometry.same(one.point, focused)) one.getElement()?.focus({ preventScroll: true }); });
  }

  function handle(point, kind, title) {
    const marker = L.marker(latLng(point), { icon: icon(kind), draggable: true, keyboard: kind === "corner", title, alt: title, autoPanOnFocus: false });
    marker.point = point;
    let places = [], target = point;
    marker.on("dragstart", () => { dragging = true; places = AreaState.placesOf(point, options.together()); });
    marker.on("drag", () => {
      const { lng, lat } = marker.getLatLng();
      target = options.snap([lng, lat], point);
      if (target[0] !== lng || target[1] !== lat) marker.setLatLng(latLng(target));
      AreaView.preview(AreaState.moved(places, target));
    });
    marker.on("dragend", () => {
      dragging = false;
      AreaState.change(AreaState.moved(places, target));
    });
    marker.on("click", () => marker.getElement()?.focus({ preventScroll: true }));
    marker.addTo(handles);
    const element = marker.getElement();
    element.addEventListener("focus", () => { focused = point; });
    element.addEventListener("blur", () => { if (element.isConnected) focused = null; });
    if (kind === "corner") element.addEventListener("keydown", (event) => key(event, point));
  }

  function key(event, point) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = STEPS[event.key];
    if (step) move(point, nudged(point, step, event.shiftKey ? 10 : 1));
    else if (event.key === "Delete") remove(point);
    else if (event.key === "+" || event.key === "Insert") insert(point);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  function nudged(point, [x, y], by) {
    const at = map.latLngToContainerPoint(latLng(point)), to = map.containerPointToLatLng(at.add([x * by, y * by]));
    // A pixel rounded to whole ones would drift: only the difference counts.
    const origin = map.containerPointToLatLng(at);
    return AreaGeometry.rounded([point[0] + to.lng - origin.lng, point[1] + to.lat - origin.lat]);
  }
  function move(point, to) {
    focused = to;
    AreaState.change(AreaState.moved(AreaState.placesOf(point, options.together()), to));
  }
  function remove(point) {
    const places = AreaState.placesOf(point, options.together()).filter((place) => !place.insert);
    const { code, part } = AreaState.selected(), own = places.find((place) => place.code === code && place.part === part);
    if (own && AreaState.part()[own.ring].length <= 3) {
      tell("至少保留三个顶点 / Three corners must stay", "warning");
      return;
    }
    focused = null;
    AreaState.change(AreaState.moved(places, null));
    map.getContainer().focus({ preventScroll: true });
  }
  function insert(point) {
    const ring = AreaState.part().find((one) => one.some((vertex) => AreaGeometry.same(vertex, point)));
    const at = ring.findIndex((vertex) => AreaGeometry.same(vertex, point)), added = middle(ring[at], ring[(at + 1) % ring.length]);
    move(added, added);
  }

  // A typed point moves the corner that was touched last.
  function typed(to) {
    if (focused) move(focused, to);
    return Boolean(focused);
  }

  return { start, stop, draw, remove: () => focused && remove(focused), typed };
})();
