// What the map asks of the server. An answer that is none becomes an Error with its code and the words to show.
"use strict";

const AreaAsk = (() => {
  const { closed } = AreaGeometry;
  const urls = () => document.getElementById("areas").dataset;
  let looking = null;

  async function answer(response) {
    let body = {};
    try {
      body = await response.json();
    } catch (error) {
      if (response.ok) throw error; // cut off, or given up for a later view; of a refusal the status says enough
    }
    if (response.ok) return body;
    const error = new Error(body.detail || `出错 ${response.status}`);
    throw Object.assign(error, { code: body.code ?? "", status: response.status, errors: body.errors ?? [] });
  }
  async function send(url, options) {
    const headers = { Accept: "application/json", "X-CSRF-Token": meta("csrf-token"), ...options.headers };
    let response;
    try {
      response = await fetch(url, { ...options, headers });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw Object.assign(new Error("网络中断,请重试 / Connection lost"), { code: "offline" });
    }
    return answer(response);
  }
  const get = (url, given, options = {}) => send(`${url}?${new URLSearchParams(given)}`, options);
  const post = (url, body) => send(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

  const feature = (station, part) => ({
    type: "Feature", properties: { station }, geometry: { type: "Polygon", coordinates: closed(part) },
  });
  const collection = (features, more = {}) => ({ type: "FeatureCollection", features, ...more });
  const proposed = () => AreaState.touched().flatMap((code) => AreaState.partsOf(code).map((part) => feature(code, part)));

  const at = () => (urls().at ? { at: urls().at } : {});
  // Only the last view asked for is of interest.
  function view(given) {
    looking?.abort();
    looking = new AbortController();
    return get(urls().data, { ...given, ...at() }, { signal: looking.signal });
  }
  const find = (q) => get(urls().find, { q, ...at() });
  const split = (part, line) => post(urls().split, collection([feature(AreaState.selected().code, part)], { line }));
  const merge = (parts) => post(urls().merge, collection(parts.map((part) => feature(AreaState.selected().code, part))));
  const check = (stations) => post(urls().check, collection(proposed(), { stations }));
  const store = (more) => post(urls().store, collection(proposed(), { stations: AreaState.touched(), ...more }));
  function upload(file) {
    const form = new FormData();
    form.append("file", file);
    return send(urls().upload, { method: "POST", body: form });
  }

  return { view, find, split, merge, check, store, upload };
})();
