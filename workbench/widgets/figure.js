// A figure that is pressed where one wants to look: what is told is the place in its own pixels.
function render({ model, el }) {
  const picture = document.createElement("img");
  picture.className = "wb-figure";
  el.append(picture);
  let address = null;
  function show() {
    const bytes = model.get("png");
    if (address) URL.revokeObjectURL(address);
    address = bytes?.byteLength ? URL.createObjectURL(new Blob([bytes], { type: "image/png" })) : null;
    picture.hidden = !address;
    if (address) picture.src = address;
    else picture.removeAttribute("src");
    said();
  }
  function said() {
    picture.alt = model.get("words");
    picture.style.maxWidth = `min(100%, ${model.get("wide")}px)`;
    picture.style.opacity = model.get("stale") ? 0.45 : 1;
    picture.style.cursor = model.get("pressable") ? "zoom-in" : "";
    picture.title = model.get("pressable") ? "Press a place to see it on the stage" : "";
  }
  picture.addEventListener("click", (event) => {
    const box = picture.getBoundingClientRect();
    if (!model.get("pressable") || !box.width) return;
    model.send({
      type: "press",
      x: ((event.clientX - box.left) / box.width) * picture.naturalWidth,
      y: ((event.clientY - box.top) / box.height) * picture.naturalHeight,
    });
  });
  const words = "change:words change:wide change:stale change:pressable";
  model.on("change:png", show);
  model.on(words, said);
  show();
  return () => {
    model.off("change:png", show);
    model.off(words, said);
    if (address) URL.revokeObjectURL(address);
  };
}

export default { render };
