// The objects that were found, over the stage: outlines of all, and the one under the pointer lit
// up without asking the kernel. It relies on nothing but the class wb-stage and its data-scale,
// data-x and data-y (page pixel = stage corner + scale × (image point − (x, y))).
//
// The kernel sends one map: the patch of each cell of a grid over the photo, and for each patch the
// objects that lie over it, the smallest first.

const STYLE = `.wb-objects { pointer-events: none; overflow: hidden; }
.wb-objects canvas { position: absolute; left: 0; top: 0; }`;
const LIT = 24; // silhouettes kept, each as large as the map

function render({ model, el }) {
  const stop = new AbortController();
  const style = document.createElement("style");
  style.textContent = STYLE;
  const paper = document.createElement("canvas");
  const pen = paper.getContext("2d");
  el.classList.add("wb-objects");
  el.append(style, paper);

  let root = null; // the stage
  let map = null; // { labels, rows, columns, image, stacks, colours }
  let all = null; // the outlines of everything, on the map's grid
  const silhouettes = new Map(); // object → canvas on the map's grid, its colour
  let pointer = null; // last event over the stage: where, and whether Shift was held
  let lit = -1; // the object under it

  const blank = () => {
    const made = document.createElement("canvas");
    [made.width, made.height] = [map.columns, map.rows];
    return made;
  };
  const paint = (colour) => {
    const made = blank();
    const context = made.getContext("2d");
    const picture = context.createImageData(map.columns, map.rows);
    colour(new Uint32Array(picture.data.buffer)); // little-endian: 0xAABBGGRR
    context.putImageData(picture, 0, 0);
    return made;
  };
  const rgb = (hex) => {
    const value = parseInt(hex.slice(1), 16);
    return ((value & 255) << 16) | (value & 0xff00) | (value >> 16);
  };

  function load() {
    map = all = null;
    lit = walked = -1;
    silhouettes.clear();
    const { size, image, stacks, colours } = model.get("about");
    const view = model.get("labels");
    if (size && view?.byteLength === 2 * size[0] * size[1]) {
      const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice();
      map = { labels: new Uint16Array(bytes.buffer), rows: size[0], columns: size[1], image, stacks, colours };
    }
    follow();
  }
  function outlines() {
    const { labels, rows, columns, stacks } = map;
    return paint((pixels) => {
      for (let r = 0, at = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++, at++) {
          const right = c + 1 < columns ? labels[at + 1] : labels[at];
          const below = r + 1 < rows ? labels[at + columns] : labels[at];
          if (labels[at] !== right || labels[at] !== below) pixels[at] = 0xb0ffffff;
          else if (!stacks[labels[at]].length) pixels[at] = 0x60000000;
        }
      }
    });
  }
  function silhouette(number) {
    if (!silhouettes.has(number)) {
      if (silhouettes.size >= LIT) silhouettes.delete(silhouettes.keys().next().value);
      const inside = map.stacks.map((stack) => stack.includes(number));
      const colour = 0xff000000 | rgb(map.colours[number]);
      silhouettes.set(number, paint((pixels) => {
        for (let at = 0; at < pixels.length; at++) if (inside[map.labels[at]]) pixels[at] = colour;
      }));
    }
    return silhouettes.get(number);
  }

  function under() {
    if (!pointer || !map || !root) return -1;
    const box = root.getBoundingClientRect();
    const k = paper.width / box.width; // other than 1 where a host scales its whole page
    const { scale, x, y } = root.dataset;
    const column = (((pointer.x - box.left) * k) / scale + +x) * (map.columns / map.image[1]);
    const row = (((pointer.y - box.top) * k) / scale + +y) * (map.rows / map.image[0]);
    if (!(column >= 0 && row >= 0 && column < map.columns && row < map.rows)) return -1;
    const stack = map.stacks[map.labels[Math.floor(row) * map.columns + Math.floor(column)]];
    return (pointer.shift ? stack.at(-1) : stack[0]) ?? -1;
  }
  function draw() {
    paper.hidden = !map || !root || !model.get("active"); // even an empty one costs frames
    if (paper.hidden) return;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, paper.width, paper.height);
    const { scale, x, y } = root.dataset;
    const across = (scale * map.image[1]) / map.columns;
    const down = (scale * map.image[0]) / map.rows;
    const lay = (picture, dx = 0, dy = 0) => {
      pen.setTransform(across, 0, 0, down, dx - x * scale, dy - y * scale);
      pen.drawImage(picture, 0, 0);
    };
    if (lit >= 0) {
      // A rim of white within black reads on any photo: the shape moved all around, less itself.
      const shape = silhouette(lit);
      for (const [width, filter] of [[3.5, "brightness(0)"], [2, "brightness(0) invert(1)"]]) {
        pen.filter = filter;
        for (let turn = 0; turn < 12; turn++) {
          lay(shape, width * Math.cos((turn * Math.PI) / 6), width * Math.sin((turn * Math.PI) / 6));
        }
      }
      pen.filter = "none";
      pen.globalCompositeOperation = "destination-out";
      lay(shape);
      pen.globalCompositeOperation = "source-over";
      pen.globalAlpha = 0.5;
      lay(shape);
      pen.globalAlpha = 1;
    }
    pen.globalCompositeOperation = "destination-over";
    lay((all ??= outlines()));
    pen.globalCompositeOperation = "source-over";
  }
  let walked = -1; // the object that the arrow keys went to, until the pointer moves
  function follow() {
    lit = model.get("active") ? (walked >= 0 ? walked : under()) : -1;
    el.dataset.object = lit; // for whoever looks from outside: the place in the list, or −1
    draw();
  }
  let due = 0;
  const soon = () => (due ||= requestAnimationFrame(() => ((due = 0), follow())));

  function hover(event) {
    pointer = { x: event.clientX, y: event.clientY, shift: event.shiftKey };
    walked = -1;
    const now = model.get("active") ? under() : -1;
    if (now !== lit) soon();
  }
  function key(event) {
    if (!model.get("active")) return;
    if (event.key === "Shift" && pointer) {
      pointer.shift = event.type === "keydown";
      soon();
    } else if (event.key === "Escape" && event.type === "keydown") {
      event.preventDefault();
      event.stopPropagation(); // JupyterLab would take the focus away
      model.send({ type: "leave" });
    } else if (event.type === "keydown" && event.target === root && map) {
      walk(event);
    }
  }
  // Without a mouse: the arrows go from object to object, Enter picks.
  function walk(event) {
    const count = map.colours.length;
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step && count) {
      walked = walked < 0 && step < 0 ? count - 1 : (walked + step + count) % count;
      model.send({ type: "at", object: walked, of: count });
      soon();
    } else if (event.key === "Enter" && walked >= 0) {
      model.send({ type: "pick", object: walked });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
  function start() {
    if (stop.signal.aborted) return;
    root = el.closest(".wb-stage");
    if (!root || !root.dataset.scale) return void requestAnimationFrame(start);
    [paper.width, paper.height] = [root.clientWidth, root.clientHeight];
    [el.style.width, el.style.height] = [`${paper.width}px`, `${paper.height}px`];
    const options = { signal: stop.signal };
    root.addEventListener("pointermove", hover, options);
    root.addEventListener("pointerleave", () => ((pointer = null), soon()), options);
    const app = root.closest(".wb-app") ?? root;
    app.addEventListener("keydown", key, { ...options, capture: true });
    app.addEventListener("keyup", key, { ...options, capture: true });
    const moved = new MutationObserver(soon);
    moved.observe(root, { attributes: true, attributeFilter: ["data-scale", "data-x", "data-y"] });
    stop.signal.addEventListener("abort", () => moved.disconnect());
    load();
  }
  const listeners = [["change:active", soon], ["change:about", load], ["change:labels", load]];
  for (const [what, fn] of listeners) model.on(what, fn);
  start();
  return () => {
    stop.abort();
    cancelAnimationFrame(due);
    for (const [what, fn] of listeners) model.off(what, fn);
  };
}

export default { render };
