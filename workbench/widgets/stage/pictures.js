// Once a page, however many views of the stage it has: pictures and downloads.

export const PAGE = Math.random().toString(36).slice(2);
export const stores = new Map(); // model id → the ipycanvas model that pixels are written into

// Runs of one colour, as packing.runs gives them, as the bytes of so many pixels.
function unrolled(buffer, size) {
  // From a copy: what came may begin at an address that is no multiple of four.
  const numbers = new Uint32Array(buffer.buffer.slice(
    buffer.byteOffset, buffer.byteOffset + buffer.byteLength));
  const count = numbers.length / 2;
  const pixels = new Uint32Array(size);
  for (let n = 0; n < count; n++) {
    pixels.fill(numbers[count + n], numbers[n], n + 1 < count ? numbers[n + 1] : size);
  }
  return new Uint8ClampedArray(pixels.buffer);
}

export async function initialize({ model }) {
  const receive = (message, buffers) => {
    if (message.type === "pixels") unpack(message, buffers[0]);
    if (message.type === "download" && (!message.page || message.page === PAGE)) save(message, buffers);
  };
  const unpack = ({ layer, box: [x, y, width, height], runs }, buffer) => {
    const store = stores.get(model.get("stores")[layer]);
    if (!store) return; // not loaded yet: the kernel draws again when this page is ready
    const bytes = runs
      ? unrolled(buffer, width * height)
      : new Uint8ClampedArray(buffer.buffer, buffer.byteOffset, buffer.byteLength);
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
