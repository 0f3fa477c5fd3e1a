// Tells what the mark of a picture is that the pointer is near, and gives pictures the text that JupyterLab leaves out. One
// listener a page serves all its pictures: each says by what its image is known, how wide the page shows it, what stands
// where, and what it shows.
(window.ffmergePictures = window.ffmergePictures || (function () {
  var pictures = {}, box;
  function picture(img) { return img.src && pictures[img.src.slice(-80, -24)]; }
  function describe(root) {
    root.querySelectorAll('img').forEach(function (img) {
      if (!img.alt && picture(img)) img.alt = picture(img).text;
    });
  }
  new MutationObserver(function (changes) {
    changes.forEach(function (change) {
      change.addedNodes.forEach(function (node) { if (node.parentElement) describe(node.parentElement); });
    });
  }).observe(document.body, {childList: true, subtree: true});
  function near(img, event) {
    var seen = picture(img);
    if (!seen) return;
    var at = img.getBoundingClientRect(), scale = seen.width / at.width;
    var x = (event.clientX - at.left) * scale, y = (event.clientY - at.top) * scale;
    var best, least = 16 * 16;
    seen.spots.forEach(function (spot) {
      var far = (spot[0] - x) * (spot[0] - x) + (spot[1] - y) * (spot[1] - y);
      if (far < least) { least = far; best = spot; }
    });
    return best;
  }
  document.addEventListener('mousemove', function (event) {
    var spot = event.target && event.target.tagName === 'IMG' ? near(event.target, event) : 0;
    if (!spot) { if (box) box.style.display = 'none'; return; }
    if (!box) {
      box = document.createElement('div');
      box.className = 'ffmerge-hover';
      box.style.cssText = 'position:fixed;z-index:99999;pointer-events:none;padding:3px 8px;border-radius:4px;'
        + 'background:#222;color:#fff;font:13px sans-serif;max-width:32em';
      document.body.appendChild(box);
    }
    box.textContent = spot[2];
    box.style.display = 'block';
    var left = event.clientX + 14;
    if (left + box.offsetWidth > window.innerWidth) left = event.clientX - 14 - box.offsetWidth;
    box.style.left = left + 'px';
    box.style.top = event.clientY + 14 + 'px';
  });
  return function (key, width, spots, text) {
    pictures[key] = {width: width, spots: spots, text: text};
    describe(document);
  };
})())
