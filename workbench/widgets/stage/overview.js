// The small picture of the whole photo: below the layers where they do not reach, and as a map in a
// corner when there is more of the photo than is in sight.
import { centred, toImage, toPage } from "./view.js";

export const SURROUND = "#343434"; // as colours.SURROUND
const MAP = 132; // page pixels a side, at most

export async function unpacked({ jpeg, image }) {
  const bytes = new Uint8Array(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
  // Straight from the bytes: no address that somebody would have to take back.
  return { picture: await createImageBitmap(new Blob([bytes], { type: "image/jpeg" })), image };
}

// The overview on a canvas of its own size, and the transform that lays it under the photo.
export function spread(under, { picture }) {
  [under.width, under.height] = [picture.width, picture.height];
  under.getContext("2d").drawImage(picture, 0, 0);
}
export function underneath(view, { picture, image: [tall, wide] }) {
  const [x, y] = toPage(view, [0, 0]);
  const [kx, ky] = [(view.scale * wide) / picture.width, (view.scale * tall) / picture.height];
  return `matrix(${kx},0,0,${ky},${x},${y})`;
}

// The map: an element to put into the stage, and what follows the view. go(view) moves the stage.
// The picture is drawn once; a view that moves moves the frame alone, or it would cost a quarter of
// the frames.
export function makeNavigator({ size, view, go }) {
  const map = document.createElement("div");
  const picture = document.createElement("canvas");
  const frame = document.createElement("div");
  frame.className = "wb-sight";
  map.append(picture, frame);
  map.className = "wb-navigator wb-own";
  map.hidden = true;
  map.tabIndex = 0;
  map.title = "Drag to move what is in sight";
  map.setAttribute("role", "group");
  map.setAttribute("aria-label", "Navigator");
  let base = null;
  let k = 1; // page pixels of the map in one image pixel
  let grip = null; // while it is dragged: from the pointer to the middle of what is in sight

  function paint() {
    const [tall, wide] = base.image;
    k = MAP / Math.max(tall, wide);
    const dense = Math.max(devicePixelRatio, 1);
    const [w, h] = [Math.max(wide * k, 8), Math.max(tall * k, 8)];
    [picture.width, picture.height] = [Math.round(w * dense), Math.round(h * dense)];
    for (const { style } of [map, picture]) [style.width, style.height] = [`${w}px`, `${h}px`];
    picture.getContext("2d").drawImage(base.picture, 0, 0, picture.width, picture.height);
  }
  function draw(now) {
    if (now !== base) {
      base = now;
      if (base) paint();
    }
    const [width, height] = size();
    const fit = base && Math.min(width / base.image[1], height / base.image[0]);
    map.hidden = !base || view().scale <= fit * 1.01;
    if (map.hidden) return;
    const [tall, wide] = base.image;
    const at = (value, most) => Math.min(Math.max(value, 0), most) * k;
    const [[x0, y0], [x1, y1]] = [toImage(view(), 0, 0), toImage(view(), width, height)];
    const [left, top] = [at(x0, wide), at(y0, tall)];
    frame.style.transform = `translate(${left}px, ${top}px)`;
    frame.style.width = `${at(x1, wide) - left}px`;
    frame.style.height = `${at(y1, tall) - top}px`;
  }
  const under = (event) => {
    const box = map.getBoundingClientRect();
    const [left, top] = [box.left + map.clientLeft, box.top + map.clientTop]; // inside its border
    return [(event.clientX - left) / k, (event.clientY - top) / k];
  };
  const middle = () => toImage(view(), size()[0] / 2, size()[1] / 2);
  map.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    map.focus({ preventScroll: true });
    map.setPointerCapture(event.pointerId);
    const [[x, y], [mx, my], [width, height]] = [under(event), middle(), size()];
    const inside = 2 * Math.abs(x - mx) * view().scale < width && 2 * Math.abs(y - my) * view().scale < height;
    grip = inside ? [mx - x, my - y] : [0, 0]; // beside the frame: it comes to the pointer
    if (!inside) go(centred(view().scale, [x, y], width, height));
  });
  map.addEventListener("pointermove", (event) => {
    if (!grip) return;
    const [x, y] = under(event);
    go(centred(view().scale, [x + grip[0], y + grip[1]], ...size()));
  });
  for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) {
    map.addEventListener(kind, () => (grip = null));
  }
  map.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    const [[x, y], [width, height], { scale }] = [middle(), size(), view()];
    go(centred(scale, [x + (way[0] * width) / 10 / scale, y + (way[1] * height) / 10 / scale], width, height));
  });
  return { map, draw };
}
