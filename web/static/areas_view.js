// The map: areas coloured by station, names, district outlines, and what a check or a finding points at.
"use strict";

const AreaView = (() => {
  const { boxOf, labelPoint } = AreaGeometry;
  const layers = new Map(); // code -> its polygons
  const latLngs = (part) => part.map((ring) => ring.map(([x, y]) => [y, x]));
  let map, labels, districts, marks, orders, picked = () => {};

  // Neighbours in the list of codes get hues far apart.
  function hueOf(code) {
    let hash = 7;
    for (const sign of code) hash = (hash * 31 + sign.codePointAt(0)) % 99991;
    return (hash * 137.508) % 360;
  }
  const colourOf = (code) => `hsl(${hueOf(code).toFixed(0)} 65% 42%)`;

  function styleOf(code, part) {
    const { code: chosen, part: number } = AreaState.selected();
    const station = AreaState.stations.get(code), mine = station?.mine ?? true;
    const here = chosen === code, changed = AreaState.touched().includes(code);
    return {
      color: mine ? colourOf(code) : "#8a94a3", weight: here ? (part === number ? 3.5 : 2.5) : 1.5,
      dashArray: mine ? null : "4 4", fillOpacity: mine ? (here ? 0.38 : 0.2) : 0.03,
      fillColor: changed ? `hsl(${hueOf(code).toFixed(0)} 90% 50%)` : colourOf(code),
    };
  }

  function hover(code) {
    const station = AreaState.stations.get(code), box = document.createElement("div");
    const line = (text, className = "") => {
      const row = document.createElement("div");
      row.textContent = text;
      row.className = className;
      box.append(row);
    };
    if (!station) return box;
    line(`${station.name} ${code}`, "fw-bold");
    if (station.parent) line(`承包区,上级 ${AreaState.nameOf(station.parent)} / contracted`);
    if (station.mine) line(station.change ? `版本 #${station.change} version` : "随网络导入 / came with the network");
    if (station.mine) line(station.since ? `自 ${station.since} 起 / since` : "一直有效 / since ever");
    if (station.accepts === false) line("不接单 / does not accept", "text-warning");
    if (AreaState.touched().includes(code)) line("已改,未保存 / changed, not stored", "text-danger");
    return box;
  }

  function drawStation(code, parts) {
    layers.get(code)?.forEach((layer) => layer.remove());
    layers.delete(code);
    if (!parts.length) return;
    layers.set(code, parts.map((part, number) => {
      const layer = L.polygon(latLngs(part), styleOf(code, number));
      layer.on("click", (event) => picked(event, code, number));
      layer.bindTooltip(() => hover(code), { sticky: true, opacity: 0.95 });
      return layer.addTo(map);
    }));
  }

  // Small areas lie on large ones, contracted ones on their parents', so that each can be seen and clicked.
  function order() {
    const size = (code) => Math.max(0, ...AreaState.partsOf(code).map((part) => {
      const box = boxOf(part);
      return (box[2] - box[0]) * (box[3] - box[1]);
    }));
    const level = (code) => AreaState.stations.get(code)?.level ?? 1;
    const codes = [...layers.keys()].map((code) => [level(code), -size(code), code]);
    codes.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    codes.forEach(([, , code]) => layers.get(code).forEach((layer) => layer.bringToFront()));
  }

  // While something is dragged: the same layers with other corners.
  function preview(changes) {
    for (const [code, parts] of changes) {
      layers.get(code)?.forEach((layer, k) => parts[k] && layer.setLatLngs(latLngs(parts[k])));
    }
  }
  function redraw(codes) {
    for (const code of codes) drawStation(code, AreaState.partsOf(code));
    order();
    name();
  }

  function label(text, at, className) {
    const box = document.createElement("span");
    box.textContent = text;
    L.marker([at[1], at[0]], {
      icon: L.divIcon({ className: `area-label ${className}`, html: box, iconSize: null }), interactive: false, keyboard: false,
    }).addTo(labels);
  }
  const pixels = (box) => {
    const a = map.latLngToContainerPoint([box[3], box[0]]), b = map.latLngToContainerPoint([box[1], box[2]]);
    return [b.x - a.x, b.y - a.y];
  };
  // A name stands in the largest area of its station when there is room for it.
  function name() {
    labels.clearLayers();
    const view = map.getBounds(), taken = [];
    for (const [code, station] of AreaState.stations) {
      const parts = AreaState.partsOf(code);
      if (!parts.length) continue;
      const wide = (part) => pixels(boxOf(part))[0];
      const largest = parts.reduce((best, part) => (wide(part) > wide(best) ? part : best));
      const [width, height] = pixels(boxOf(largest)), at = labelPoint(largest);
      if (width < 14 * station.name.length || height < 16 || !view.contains([at[1], at[0]])) continue;
      const { x, y } = map.latLngToContainerPoint([at[1], at[0]]), reach = 7 * station.name.length;
      if (taken.some((one) => Math.abs(one.y - y) < 15 && Math.abs(one.x - x) < one.reach + reach)) continue;
      taken.push({ x, y, reach });
      label(station.name, at, station.mine ? "" : "beside");
    }
  }

  function showDistricts(list) {
    districts.clearLayers();
    for (const one of list) {
      for (const part of one.parts) {
        L.polygon(latLngs(part), { color: "#98a2b3", weight: 1, fill: false, interactive: false }).addTo(districts);
      }
    }
  }

  // What a check or a finding means: {parts, point, text, tone}.
  function mark(list) {
    marks.clearLayers();
    for (const { parts = [], point, text, tone } of list) {
      const colour = tone === "danger" ? "#d63939" : "#f76707";
      const found = parts.map((part) => L.polygon(latLngs(part), { color: colour, weight: 2, fillOpacity: 0.45 }));
      if (point) found.push(L.circleMarker([point[1], point[0]], { radius: 9, color: colour, weight: 3, fillOpacity: 0.3 }));
      found.forEach((layer) => layer.bindTooltip(plain(text), { sticky: true }).addTo(marks));
    }
  }
  function showOrders(list) {
    orders.clearLayers();
    for (const one of list) {
      L.circleMarker([one.point[1], one.point[0]], { radius: 5, color: "#111", weight: 1, fillColor: "#ffd166", fillOpacity: 0.95 })
        .bindTooltip(plain(`${one.number} ${one.told}`)).addTo(orders);
    }
  }
  function plain(text) {
    const box = document.createElement("span");
    box.textContent = text;
    return box;
  }

  const fit = (box, animate = true) => map.fitBounds([[box[1], box[0]], [box[3], box[2]]], { padding: [24, 24], maxZoom: 17, animate: animate && !matchMedia("(prefers-reduced-motion: reduce)").matches });

  function begin(element, tiles, onPick) {
    picked = onPick;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    map = L.map(element, {
      preferCanvas: true, attributionControl: false, zoomControl: false, zoomSnap: 0.5, maxZoom: 20, minZoom: 3,
      zoomAnimation: !still, fadeAnimation: !still, markerZoomAnimation: !still, inertia: !still,
    });
    L.control.zoom({ zoomInTitle: "放大 Zoom in", zoomOutTitle: "缩小 Zoom out" }).addTo(map);
    L.control.scale({ imperial: false }).addTo(map);
    if (tiles) L.tileLayer(tiles, { maxZoom: 20 }).addTo(map);
    [districts, marks, orders, labels] = [0, 1, 2, 3].map(() => L.layerGroup().addTo(map));
    map.setView([35, 105], 4);
    map.on("zoomend moveend", name);
    AreaState.listen(redraw);
    return map;
  }

  return { begin, preview, showDistricts, mark, showOrders, fit, colourOf, map: () => map };
})();
