// The stage's layer in the page: catches the pointer, the wheel and the keys over the canvases,
// echoes the live stroke at once, and sends one message a gesture. It holds no document: a
// reloaded page needs only the widget's traits and a redraw by the kernel.
//
// Page pixel = stage corner + scale × (image point − (x, y)). A view is {scale, x, y}.

const PAGE = Math.random().toString(36).slice(2);
const CLICK = 4; // a drag that moved less, in page pixels, is a click
const KEYS = new Set(["[", "]", "{", "}", "+", "-", "=", "Enter", "Delete", "Backspace"]);
const STYLE = `
.wb-stage { position: relative; outline: none; touch-action: none; user-select: none;
  background: repeating-conic-gradient(#7a7a7a 0 25%, #868686 0 50%) 0 0 / 16px 16px; }
.wb-stage:focus > .wb-pointer { box-shadow: inset 0 0 0 2px #4c8dff; }
.wb-stage > * { position: absolute; left: 0; top: 0; margin: 0; padding: 0; }
.wb-stage > canvas { pointer-events: none; transform-origin: 0 0; outline: none; }
.wb-pointer { overflow: hidden; }
.wb-pointer canvas { position: absolute; left: 0; top: 0; opacity: 0.55; pointer-events: none; }
.wb-ring { position: absolute; left: 0; top: 0; box-sizing: border-box; border-radius: 50%;
  border: 1px solid #fff; box-shadow: 0 0 0 1px #0009, inset 0 0 0 1px #0009;
  pointer-events: none; display: none; }
.wb-busy { position: absolute; left: 8px; bottom: 8px; padding: 4px 10px; border-radius: 4px;
  background: #222d; color: #fff; font: 12px/1.4 system-ui, sans-serif; pointer-events: none; }
.wb-busy div { height: 3px; margin-top: 3px; background: #fff3; }
.wb-busy div div { margin: 0; background: #6cf; }
.wb-busy.wb-unsure div div { animation: wb-unsure 1.2s ease-in-out infinite alternate; }
@keyframes wb-unsure { from { margin-left: 0; } to { margin-left: 70%; } }`;

const toImage = (v, x, y) => [x / v.scale + v.x, y / v.scale + v.y];
const toPage = (v, [x, y]) => [(x - v.x) * v.scale, (y - v.y) * v.scale];
const panned = (v, dx, dy) => ({ scale: v.scale, x: v.x - dx / v.scale, y: v.y - dy / v.scale });
const limit = (scale) => Math.min(Math.max(scale, 0.02), 32); // as View.zoomed does
function zoomed(v, factor, cx, cy) {
  const [ix, iy] = toImage(v, cx, cy);
  const scale = limit(v.scale * factor);
  return { scale, x: ix - cx / scale, y: iy - cy / scale };
}
const round = (value) => Math.round(value * 1000) / 1000;
let lastSerial = 0; // from the clock: grows over reloads and over two views of one stage
const nextSerial = () => (lastSerial = Math.max(Date.now(), lastSerial + 1));

// Once a page, however many views of the stage it has: pictures and downloads.
const stores = new Map(); // model id → the ipycanvas model that pixels are written into
async function initialize({ model }) {
  const receive = (message, buffers) => {
    if (message.type === "pixels") unpack(message, buffers[0]);
    if (message.type === "download" && (!message.page || message.page === PAGE)) save(message, buffers);
  };
  const unpack = ({ layer, box: [x, y, width, height] }, buffer) => {
    const store = stores.get(model.get("stores")[layer]);
    if (!store) return; // not loaded yet: the kernel draws again when this page is ready
    const bytes = new Uint8ClampedArray(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    store.ctx.clearRect(0, 0, store.canvas.width, store.canvas.height);
    store.ctx.putImageData(new ImageData(bytes, width, height), x, y);
  };
  const save = (message, buffers) => {
    const address = URL.createObjectURL(new Blob([buffers[0]], { type: message.mime }));
    const link = document.createElement("a");
    link.href = address;
    link.download = message.name;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  };
  model.on("msg:custom", receive);
  for (const id of Object.values(model.get("stores"))) {
    try {
      const store = await model.widget_manager.get_model(id);
      if (store.ctx && store.canvas) stores.set(id, store);
    } catch {
      // a host that hides other widgets' models: pictures come as PNG through ipycanvas
    }
  }
  return () => model.off("msg:custom", receive);
}

function render({ model, el }) {
  const stop = new AbortController();
  const [width, height] = model.get("size");
  const style = document.createElement("style");
  style.textContent = STYLE;
  const paper = document.createElement("canvas"); // the echo
  paper.width = width;
  paper.height = height;
  const ring = document.createElement("div");
  ring.className = "wb-ring";
  const busy = document.createElement("div");
  busy.className = "wb-busy";
  el.classList.add("wb-pointer");
  el.append(style, paper, ring, busy);
  const pen = paper.getContext("2d");
  pen.lineCap = pen.lineJoin = "round";
  const send = (type, more) => model.send({ type, page: PAGE, ...more });

  let root = null; // the element with class wb-stage, once this one is in the page
  let local = null; // the view that the person sees: the kernel's, and what it has not heard of
  let live = null; // the gesture under way
  let echoes = []; // finished, not yet drawn by the kernel
  let hover = null; // where the pointer is, in page pixels from the stage's corner
  let space = false;
  let waiting = null; // serial of the wheel or pan message that the kernel has not answered
  let wheel = null; // not sent yet: page point p moves to f·p + (tx, ty)
  let pan = null; // not sent yet: [dx, dy]
  let due = 0; // the animation frame asked for

  // --- the view, and pictures made for an older one -----------------------------------------
  const kernelView = () => {
    const [scale, x, y] = model.get("view");
    return { scale, x, y };
  };
  const soon = () => (due ||= requestAnimationFrame(tick));
  function tick() {
    due = 0;
    if (waiting === null) sendMove();
    place();
    drawEchoes();
  }
  function settle() {
    if (waiting !== null) return; // the kernel's answer is on its way: no jump back and forth
    local = kernelView();
    if (wheel) local = zoomed(local, wheel.f, ...centre(wheel));
    if (pan) local = panned(local, ...pan);
    soon();
  }
  const centre = ({ f, tx, ty }) => (f === 1 ? [0, 0] : [tx / (1 - f), ty / (1 - f)]);
  function sendMove() {
    if (wheel && Math.abs(wheel.f - 1) < 1e-6) {
      pan = [(pan?.[0] ?? 0) + wheel.tx, (pan?.[1] ?? 0) + wheel.ty]; // there and back again
      wheel = null;
    }
    if (!wheel && !pan) return;
    waiting = nextSerial();
    if (wheel) {
      send("wheel", { serial: waiting, factor: [wheel.f], at: centre(wheel) });
      wheel = null;
    } else {
      send("pan", { serial: waiting, by: pan });
      pan = null;
    }
  }
  const shown = new Map(); // layer → the view that its visible picture was made for
  const frames = new Map(); // frame number → [layer, view]
  let newest = 0; // the newest frame that is visible
  function heardOfFrame() {
    const [number, layer, scale, x, y] = model.get("frame");
    frames.set(number, [layer, { scale, x, y }]);
    if (frames.size > 500) frames.delete(frames.keys().next().value);
  }
  function place() {
    if (!root || !local) return;
    root.dataset.scale = local.scale;
    root.dataset.x = local.x;
    root.dataset.y = local.y;
    for (const layer of Object.keys(model.get("layers"))) {
      const canvas = root.querySelector(`:scope > .wb-${layer}`);
      const old = shown.get(layer) ?? local;
      if (!canvas) continue;
      const k = local.scale / old.scale;
      const [dx, dy] = toPage(local, [old.x, old.y]);
      const still = Math.abs(k - 1) < 1e-9 && Math.hypot(dx, dy) < 1e-6;
      canvas.style.transform = still ? "" : `matrix(${k},0,0,${k},${dx},${dy})`;
    }
    showRing();
  }
  // ipycanvas draws later than its message arrives (a picture has to be decoded). Its model says
  // when, and the line width says which frame it is; where a host hides the model, the page does
  // without: no stretched pictures, and echoes go a moment early.
  let exact = false;
  async function watch(layer, id) {
    const canvas = await model.widget_manager.get_model(id);
    if (stop.signal.aborted || !canvas?.ctx) return;
    exact = true;
    const seen = () => {
      const number = canvas.ctx.lineWidth;
      const frame = frames.get(number);
      if (!frame || frame[0] !== layer) return;
      shown.set(layer, frame[1]);
      newest = Math.max(newest, number);
      place();
      sweep();
    };
    canvas.on("new-frame", seen);
    stop.signal.addEventListener("abort", () => canvas.off("new-frame", seen));
    seen();
  }
  function sweep() {
    const kept = echoes.filter((e) => !(e.until !== undefined && e.until <= newest));
    if (kept.length === echoes.length) return;
    echoes = kept;
    drawEchoes();
  }

  // --- the echo -----------------------------------------------------------------------------
  function drawEcho(echo, from = 0) {
    const points = echo.points.slice(Math.max(from - 1, 0)).map((p) => toPage(local, p));
    pen.strokeStyle = pen.fillStyle = echo.colour;
    pen.lineWidth = echo.echo === "stroke" ? Math.max(echo.width * local.scale, 1) : 2;
    pen.setLineDash(echo.echo === "box" ? [6, 4] : []);
    pen.beginPath();
    if (echo.echo === "box") {
      const [[x0, y0], [x1, y1]] = [points[0], points.at(-1)];
      pen.rect(x0, y0, x1 - x0, y1 - y0);
    } else {
      pen.moveTo(...points[0]);
      for (const point of points.length > 1 ? points.slice(1) : points) pen.lineTo(...point);
    }
    pen.stroke();
    if (echo.echo === "lasso" && points.length > 2) {
      pen.globalAlpha = 0.3;
      pen.fill();
      pen.globalAlpha = 1;
    }
  }
  function drawEchoes() {
    pen.clearRect(0, 0, width, height);
    for (const echo of echoes) drawEcho(echo);
    if (live?.visible) drawEcho(live);
  }
  function showRing() {
    const tool = model.get("tool");
    const size = tool.width * (local?.scale ?? 1);
    const on = hover && size >= 3 && !live?.pan && !space;
    ring.style.display = on ? "block" : "none";
    root.style.cursor = live?.pan ? "grabbing" : space || tool.echo === "pan" ? "grab" : tool.cursor;
    if (!on) return;
    ring.style.width = ring.style.height = `${size}px`;
    ring.style.transform = `translate(${hover[0] - size / 2}px, ${hover[1] - size / 2}px)`;
  }

  // --- the pointer --------------------------------------------------------------------------
  function where(event) {
    const box = root.getBoundingClientRect();
    const k = width / box.width; // other than 1 where a host scales its whole page
    return [(event.clientX - box.left) * k, (event.clientY - box.top) * k];
  }
  function down(event) {
    if (live || event.button > 2) return;
    event.preventDefault(); // no text selection, no focus taken by the notebook
    root.focus({ preventScroll: true });
    try {
      root.setPointerCapture(event.pointerId);
    } catch {
      // a pointer that is already gone
    }
    const tool = model.get("tool");
    const drag = tool.echo === "pan" || space || event.button === 1;
    live = {
      pointer: event.pointerId, start: where(event), last: where(event), moved: false, pan: drag,
      visible: !drag && tool.echo !== "none", pen: event.pointerType === "pen", space,
      points: [], pressures: [], echo: tool.echo, width: tool.width, colour: tool.colour,
      about: {
        button: event.button, alt: event.altKey, shift: event.shiftKey,
        ctrl: event.ctrlKey || event.metaKey, tool: tool.name, view_id: model.get("view")[3],
      },
    };
    add(event);
    showRing();
  }
  function add(event) {
    const at = where(event);
    live.moved ||= Math.hypot(at[0] - live.start[0], at[1] - live.start[1]) >= CLICK;
    if (live.pan) {
      const [dx, dy] = [at[0] - live.last[0], at[1] - live.last[1]];
      live.last = at;
      if (!live.moved && live.points.length) live.last = live.start;
      else if (dx || dy) {
        pan = [(pan?.[0] ?? 0) + dx, (pan?.[1] ?? 0) + dy];
        local = panned(local, dx, dy);
        soon();
      }
    }
    const [x, y] = toImage(local, ...at).map(round);
    const [before, pressure] = [live.points.at(-1), round(event.pressure)];
    const same = before && before[0] === x && before[1] === y;
    if (same && (!live.pen || live.pressures.at(-1) === pressure)) return;
    live.points.push([x, y]);
    live.pressures.push(pressure);
    if (live.visible && live.echo === "stroke") drawEcho(live, live.points.length - 1);
  }
  function move(event) {
    hover = where(event);
    showRing();
    if (!live || event.pointerId !== live.pointer) return;
    const parts = event.getCoalescedEvents?.() ?? [];
    for (const part of parts.length ? parts : [event]) add(part);
    if (live.visible && live.echo !== "stroke") drawEchoes();
  }
  function up(event) {
    if (!live || event.pointerId !== live.pointer) return;
    // What the browser takes away (pointercancel) has no place of its own: the stroke ends where
    // it was, and stays, since an unwanted one is undone more easily than a lost one redone.
    if (event.type === "pointerup") add(event);
    const done = live;
    live = null;
    if (!(done.pan && (done.moved || done.space))) finish(done);
    showRing();
    soon();
  }
  function finish(done) {
    const serial = nextSerial();
    const points = done.moved ? done.points : done.points.slice(0, 1);
    if (done.visible && (done.moved || done.echo === "stroke")) {
      echoes.push({ serial, points, echo: done.echo, width: done.width, colour: done.colour });
    }
    send("gesture", {
      kind: done.moved ? "drag" : "click", serial, points: points.flat(),
      pressures: done.pen ? done.pressures.slice(0, points.length) : null, ...done.about,
    });
  }
  function turn(event) {
    const focused = root === document.activeElement || root.contains(document.activeElement);
    if (!focused && !event.ctrlKey) return; // the notebook scrolls
    event.preventDefault();
    event.stopPropagation();
    const lines = [1, 16, height][event.deltaMode];
    const fast = event.ctrlKey && event.deltaMode === 0 && Math.abs(event.deltaY) < 50; // a pinch
    const wanted = Math.exp(-event.deltaY * lines * (fast ? 0.01 : 0.0015));
    const f = limit(local.scale * wanted) / local.scale;
    let [cx, cy] = where(event); // in whole pixels; the pointer's own events are finer
    if (hover && Math.hypot(hover[0] - cx, hover[1] - cy) < 2) [cx, cy] = hover;
    const old = wheel ?? { f: 1, tx: 0, ty: 0 };
    wheel = { f: old.f * f, tx: f * old.tx + (1 - f) * cx, ty: f * old.ty + (1 - f) * cy };
    local = zoomed(local, f, cx, cy);
    soon();
  }

  // --- the keys -----------------------------------------------------------------------------
  function wanted(event) {
    const ctrl = event.ctrlKey || event.metaKey;
    const typed = event.getModifierState?.("AltGraph"); // [ and ] on many keyboards
    if (KEYS.has(event.key) && "[]{}".includes(event.key) && typed) return true;
    if (ctrl) return !event.altKey && /^[zy]$/i.test(event.key);
    if (event.altKey) return false;
    if (event.key === "Enter") return !event.shiftKey; // Shift+Enter runs the cell
    return KEYS.has(event.key) || /^[a-z0-9]$/i.test(event.key);
  }
  function keydown(event) {
    if (event.target !== root || event.isComposing) return;
    if (event.key === "Escape" && live) {
      live = null; // given up; the key goes on to Jupyter all the same
      drawEchoes();
    }
    const hold = event.key === " " && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!hold && !wanted(event)) return;
    event.preventDefault();
    event.stopPropagation();
    if (hold) {
      space = true;
      return showRing();
    }
    send("key", {
      key: event.key === "=" ? "+" : event.key.length === 1 ? event.key.toLowerCase() : event.key,
      ctrl: event.ctrlKey || event.metaKey, shift: event.shiftKey, alt: event.altKey,
    });
  }
  function keyup(event) {
    if (event.type === "keyup" && event.key !== " ") return;
    space = false;
    showRing();
  }

  // --- what the kernel says -----------------------------------------------------------------
  function told(message) {
    if (message.type === "settled" && message.page === PAGE && message.serial === waiting) {
      waiting = null;
      settle();
    } else if (message.type === "clear_echo") {
      for (const echo of echoes) {
        if (message.through === null || echo.serial <= message.through) echo.until ??= message.frame;
      }
      sweep();
      // A frame that never comes (a page that hides the canvases) must not keep the echo for ever.
      setTimeout(() => {
        newest = Math.max(newest, message.frame);
        if (!stop.signal.aborted) sweep();
      }, exact ? 1000 : 60);
    }
  }
  function showBusy() {
    const state = model.get("busy");
    busy.hidden = !state;
    busy.style.display = state ? "" : "none";
    if (!state) return;
    const share = state.fraction === null ? 30 : 100 * state.fraction;
    busy.replaceChildren(state.words, document.createElement("div"));
    busy.lastChild.append(document.createElement("div"));
    busy.lastChild.firstChild.style.width = `${share}%`;
    busy.classList.toggle("wb-unsure", state.fraction === null);
    busy.setAttribute("role", "progressbar");
    busy.setAttribute("aria-label", state.words);
    if (state.fraction === null) busy.removeAttribute("aria-valuenow");
    else busy.setAttribute("aria-valuenow", Math.round(share));
  }
  function start() {
    if (stop.signal.aborted) return;
    root = el.closest(".wb-stage");
    if (!root) return void requestAnimationFrame(start); // Jupyter attaches it a little later
    const on = (kind, fn, options) =>
      root.addEventListener(kind, fn, { signal: stop.signal, ...options });
    root.tabIndex = 0;
    root.setAttribute("role", "application");
    root.setAttribute("aria-label", model.get("label"));
    for (const canvas of root.querySelectorAll(":scope > canvas")) canvas.tabIndex = -1;
    on("pointerdown", down);
    on("pointermove", move);
    on("pointerup", up);
    on("pointercancel", up);
    on("lostpointercapture", up);
    on("pointerleave", () => {
      hover = null;
      showRing();
    });
    on("contextmenu", (event) => {
      event.preventDefault();
      event.stopPropagation();
    });
    on("wheel", turn, { passive: false });
    on("keydown", keydown);
    on("keyup", keyup);
    on("blur", keyup);
    settle();
    place();
    showBusy();
    const raw = Object.values(model.get("stores")).every((id) => stores.has(id));
    send("ready", { host: location.hostname, raw });
  }
  const listeners = [
    ["change:view", settle], ["change:frame", heardOfFrame], ["change:busy", showBusy],
    ["change:tool", () => root && showRing()], ["msg:custom", told],
  ];
  for (const [what, fn] of listeners) model.on(what, fn);
  local = kernelView();
  heardOfFrame();
  for (const [layer, id] of Object.entries(model.get("layers"))) {
    watch(layer, id).catch(() => {}); // the page does without, as said above
  }
  start();
  return () => {
    stop.abort();
    cancelAnimationFrame(due);
    for (const [what, fn] of listeners) model.off(what, fn);
  };
}

export default { initialize, render };
