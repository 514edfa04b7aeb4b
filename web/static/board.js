// The pickup board: a scanner types fast and ends with Enter, wherever the keyboard is; a telephone looks with its camera.
"use strict";

(() => {
  const form = document.getElementById("scan");
  const field = document.getElementById("scan-no");
  const said = form.querySelector("[data-said]");
  const words = form.dataset;
  let chosen = null; // id of the order that the next free number is for
  let first = null; // { order, number }: entered once, asked for again (WAYBILL-1)
  let busy = false;

  const rows = () => [...document.querySelectorAll(".order[data-order]")];
  const rowOf = (id) => document.getElementById(`row-${id}`);

  function say(where, text, tone) {
    where.textContent = text;
    where.classList.remove("good", "bad", "ask");
    if (tone) where.classList.add(tone);
  }
  const rowSaid = (id) => rowOf(id)?.querySelector("[data-row-said]");

  function choose(id) {
    chosen = id;
    form.querySelector("[data-chosen]").value = id ?? "";
    form.querySelector("[data-scan-for]").hidden = !id;
    form.querySelector("[data-chosen-no]").textContent = (id && rowOf(id)?.dataset.no) || "";
    for (const row of rows()) {
      row.classList.toggle("chosen", row.dataset.order === id);
      row.querySelector("[data-choose]")?.setAttribute("aria-pressed", String(row.dataset.order === id));
    }
  }

  function jump(id) {
    const row = rowOf(id);
    if (!row) return false;
    choose(id);
    row.scrollIntoView({ block: "center" });
    row.classList.remove("here");
    void row.offsetWidth; // begins the animation anew
    row.classList.add("here");
    return true;
  }

  // A beep would drown in a warehouse; a telephone shakes.
  const shake = (pattern) => navigator.vibrate?.(pattern);

  // One after the other: whoever scans the next label while an answer is on its way loses neither.
  let line = Promise.resolve();
  function send(number, order, where) {
    return (line = line.catch(() => false).then(() => sendNow(number, order, where)));
  }

  async function sendNow(number, order, where) {
    if (!number) return false;
    busy = true;
    say(where, words.wait, "");
    const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value, waybill_no: number, order: order ?? "" });
    if (!order) body.delete("order");
    if (first && first.order === order) body.set("waybill_first", first.number);
    let answer, told;
    try {
      answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
      told = await answer.json();
    } catch {
      say(where, words.failed, "bad");
      return false;
    } finally {
      busy = false;
    }
    first = null;
    if (answer.ok) taken(told, where);
    else if (told.code === "waybill_again") asked(number, order, where);
    else {
      say(where, told.detail || String(answer.status), "bad");
      shake([120, 80, 120]);
    }
    return answer.ok;
  }

  function taken(told, where) {
    const id = String(told.order);
    if (told.outcome === "confirmed") {
      if (chosen === id) choose(null);
      rowOf(id)?.classList.add("done");
      shake(60);
      say(where, "", "");
      say(said, told.detail, "good");
      window.htmx.trigger("#board-renew", "renew-board");
    } else if (told.outcome === "found" && jump(id)) {
      say(where, "", "");
      say(said, told.detail, "good");
    } else if (told.outcome === "found") {
      window.location.assign(told.url);
    } else {
      say(where, told.detail, "bad");
      shake([120, 80, 120]);
    }
  }

  function asked(number, order, where) {
    first = { order, number };
    say(where, stream ? words.againCamera : words.again, "ask");
    shake([60, 60, 60]);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const number = field.value.trim();
    field.value = "";
    send(number, chosen, said);
  });

  document.addEventListener("submit", (event) => {
    const own = event.target;
    if (!own.matches("form[data-pickup]")) return;
    event.preventDefault();
    const box = own.elements.waybill_no, number = box.value.trim(), order = own.dataset.order;
    if (box.type !== "hidden") box.value = "";
    send(number, order, rowSaid(order)).then((done) => { if (!done && box.isConnected && box.type !== "hidden") box.focus(); });
    box.blur(); // a list in which somebody types is not renewed
  });

  document.addEventListener("click", (event) => {
    const row = event.target.closest(".order");
    if (event.target.closest("[data-choose]")) {
      const id = row.dataset.order;
      choose(chosen === id ? null : id);
      if (chosen && !form.querySelector("[data-camera]").hidden && matchMedia("(pointer: coarse)").matches) openCamera();
      else field.focus();
    } else if (event.target.closest("[data-unchoose]")) {
      choose(null);
      first = null;
      field.focus();
    } else if (event.target.closest("[data-camera]")) openCamera();
    else if (event.target.closest("[data-camera-off]")) closeCamera();
  });

  // What a scanner types while no field has the keyboard belongs into the scan field.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !/^[0-9A-Za-z]$/.test(event.key)) return;
    if (event.target.closest("input:not([type=checkbox]), select, textarea, dialog")) return;
    field.focus();
  });

  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-pick-cards]")) return;
    document.querySelectorAll(".order-pick input").forEach((box) => { box.checked = event.target.checked; });
  });

  // A renewed list keeps what was chosen and ticked.
  let ticked = [], courier = "";
  const courierBox = () => document.querySelector("#board .bar select");
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "board") return;
    ticked = [...document.querySelectorAll(".order-pick input:checked")].map((box) => box.value);
    courier = courierBox()?.value ?? "";
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id !== "board") return;
    document.querySelectorAll(".order-pick input").forEach((box) => { box.checked = ticked.includes(box.value); });
    if (courierBox()) courierBox().value = courier;
    if (chosen && !rowOf(chosen)) choose(null);
    else choose(chosen);
    if (first?.order && rowSaid(first.order)) say(rowSaid(first.order), words.again, "ask");
  });

  // ---- the camera -------------------------------------------------------------------------------------------------
  const viewer = form.querySelector("[data-viewer]"), video = viewer.querySelector("video");
  let stream = null;
  const usable = Boolean(navigator.mediaDevices?.getUserMedia);
  form.querySelector("[data-camera]").hidden = !usable;

  async function openCamera() {
    if (stream || !usable) return;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
      viewer.hidden = false;
      form.querySelector("[data-camera]").hidden = true;
      video.srcObject = stream;
      await video.play();
      viewer.querySelector("[data-viewer-said]").textContent = words.pointing;
      look(await reader());
    } catch {
      closeCamera();
      say(said, words.noCamera, "bad");
      field.focus();
    }
  }

  function closeCamera() {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    viewer.hidden = true;
    form.querySelector("[data-camera]").hidden = !usable;
  }

  // The browser's own where there is one, else the vendored one, fetched now and not before.
  async function reader() {
    const wanted = ["code_128", "code_39", "itf"];
    const known = "BarcodeDetector" in window ? await window.BarcodeDetector.getSupportedFormats() : [];
    const formats = wanted.filter((one) => known.includes(one));
    if (formats.includes("code_128")) {
      const detector = new window.BarcodeDetector({ formats });
      return async () => (await detector.detect(video))[0]?.rawValue ?? "";
    }
    await script(words.reader);
    const { ZXing } = window, core = new ZXing.MultiFormatReader();
    const { CODE_128, CODE_39, ITF } = ZXing.BarcodeFormat;
    core.setHints(new Map([
      [ZXing.DecodeHintType.POSSIBLE_FORMATS, [CODE_128, CODE_39, ITF]], [ZXing.DecodeHintType.TRY_HARDER, true],
    ]));
    const canvas = document.createElement("canvas"), pen = canvas.getContext("2d", { willReadFrequently: true });
    return async () => {
      canvas.width = video.videoWidth;
      canvas.height = video.videoHeight;
      pen.drawImage(video, 0, 0);
      try {
        const light = new ZXing.HTMLCanvasElementLuminanceSource(canvas);
        return core.decodeWithState(new ZXing.BinaryBitmap(new ZXing.HybridBinarizer(light))).getText();
      } catch {
        return ""; // nothing to read in this picture
      }
    };
  }

  function script(address) {
    if (window.ZXing) return Promise.resolve();
    return new Promise((done, failed) => {
      document.head.append(Object.assign(document.createElement("script"), { src: address, onload: done, onerror: failed }));
    });
  }

  // Two pictures in a row must say the same: a camera misreads now and then. Then it waits until the label is gone or
  // the answer is there, so that one parcel is not entered twice.
  async function look(read) {
    let before = "", sent = "", gone = 0;
    while (stream) {
      const found = busy || !video.videoWidth ? "" : (await read()).trim();
      gone = found === sent ? 0 : gone + 1;
      if (gone > 8) sent = "";
      if (found && found === before && found !== sent) {
        sent = found;
        await send(found, chosen, said);
      }
      before = found;
      await new Promise((done) => setTimeout(done, 120));
    }
  }
  addEventListener("pagehide", closeCamera);

  const only = new URLSearchParams(location.search).get("order"); // a scanned number led here: the next one is for it
  if (only && rowOf(only)) choose(only);
  if (!matchMedia("(pointer: coarse)").matches) field.focus();
})();
