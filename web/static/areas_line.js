// Drawing with clicks or typed points: an area, or the line that splits one. Enter and a double click end it, Esc gives
// it up, Backspace takes back a point.
"use strict";

const AreaLine = (() => {
  let map, points = [], layer = null, rubber = null, task = null;

  const latLng = ([x, y]) => [y, x];
  const near = (a, b) => map.latLngToContainerPoint(latLng(a)).distanceTo(map.latLngToContainerPoint(latLng(b))) < 4;

  function start(on, work) {
    [map, points, task] = [on, [], work];
    layer = L.layerGroup().addTo(map);
    rubber = L.polyline([], { color: "#111", weight: 1.5, dashArray: "4 4", interactive: false }).addTo(map);
  }
  function stop() {
    layer?.remove();
    rubber?.remove();
    [layer, rubber, task, points] = [null, null, null, []];
  }

  function draw() {
    layer.clearLayers();
    const shape = task.area && points.length > 2 ? L.polygon : L.polyline;
    shape(points.map(latLng), { color: "#111", weight: 2, fillOpacity: 0.1, interactive: false }).addTo(layer);
    points.forEach((point) => {
      L.circleMarker(latLng(point), { radius: 4, color: "#111", weight: 2, fillColor: "#fff", fillOpacity: 1, interactive: false }).addTo(layer);
    });
    task.told(points.length);
  }
  function add(point) {
    if (task.area && points.length > 2 && near(point, points[0])) return finish();
    if (points.length && near(point, points.at(-1))) return undefined; // the second click of a double one
    points.push(point);
    return draw();
  }
  function back() {
    points.pop();
    rubber.setLatLngs([]);
    draw();
  }
  function finish() {
    const least = task.area ? 3 : 2;
    if (points.length < least) {
      tell(`至少需要 ${least} 个点 / At least ${least} points`, "warning");
      return;
    }
    const done = task.done, drawn = points;
    done(drawn);
  }
  function hover(point) {
    if (points.length) rubber.setLatLngs([latLng(points.at(-1)), latLng(point), ...(task.area && points.length > 1 ? [latLng(points[0])] : [])]);
  }

  return { start, stop, add, back, finish, hover, begun: () => points.length > 0 };
})();
