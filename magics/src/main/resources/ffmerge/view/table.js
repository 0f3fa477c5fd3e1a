// Sorts the table above by the column that is clicked, and finds rows by their words where there are many.
(function (script) {
  var root = script && script.parentNode, table = root && root.querySelector('table');
  if (!table || !table.tBodies[0]) return;
  var body = table.tBodies[0], heads = table.querySelectorAll('thead th'), rows = Array.from(body.rows);
  // a cell's first number: 12, 1,234.5, -0.5 to 0.3, ≥ 0.125, 12.5 %, 960 kB
  var NUMBER = /^[<>≤≥≈~±+]*\s*([-−+]?)((?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d*)?|\.\d+)(e[-+]?\d+)?\s*([A-Za-z]*)/i;
  var UNITS = {kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, KiB: 1024, MiB: 1048576, GiB: 1073741824, min: 60, h: 3600, ms: 1e-3};
  function text(row, column) { return row.cells[column].textContent.trim(); }
  function isEmpty(text) { return text === '' || text === 'NaN'; }
  function number(text) {
    var parts = NUMBER.exec(text);
    if (!parts) return NaN;
    var size = Number(parts[2].replace(/,/g, '') + (parts[3] || '')) * (UNITS[parts[4]] || 1);
    return parts[1] === '-' || parts[1] === '−' ? -size : size;
  }
  // words as soon as one cell begins with one; equal numbers too differ in what follows them
  function order(texts) {
    var isNumeric = texts.every(function (text) { return isEmpty(text) || !isNaN(number(text)); });
    return function (a, b) {
      return isNumeric && number(a) - number(b) || a.localeCompare(b, undefined, {numeric: true});
    };
  }
  function sort(column) {
    var head = heads[column], down = head.getAttribute('aria-sort') === 'ascending';
    heads.forEach(function (other) { other.removeAttribute('aria-sort'); other.lastChild.textContent = ''; });
    head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
    head.lastChild.textContent = down ? ' ▼' : ' ▲';
    var sorted = rows.map(function (row) { return [text(row, column), row]; });
    var compare = order(sorted.map(function (pair) { return pair[0]; }));
    sorted.sort(function (a, b) {
      return isEmpty(a[0]) - isEmpty(b[0]) || (down ? -1 : 1) * compare(a[0], b[0]);
    });
    sorted.forEach(function (pair) { body.appendChild(pair[1]); });
  }
  heads.forEach(function (head, column) {
    head.appendChild(document.createElement('span'));
    head.style.cssText += ';cursor:pointer;position:sticky;top:0;background:var(--jp-layout-color0,Canvas)';
    head.tabIndex = 0;
    head.title = 'sort';
    head.addEventListener('click', function () { sort(column); });
    head.addEventListener('keydown', function (event) { if (event.key === 'Enter') sort(column); });
  });
  if (rows.length < 9) return;
  var search = document.createElement('input');
  search.type = 'search';
  search.placeholder = 'search ' + rows.length + ' rows';
  search.setAttribute('aria-label', search.placeholder);
  search.style.margin = '.3em 0';
  search.addEventListener('input', function () {
    var words = search.value.toLowerCase().split(/\s+/);
    rows.forEach(function (row) {
      var text = row.textContent.toLowerCase();
      row.style.display = words.every(function (word) { return text.indexOf(word) >= 0; }) ? '' : 'none';
    });
  });
  root.insertBefore(search, root.firstChild);
})(document.currentScript)
