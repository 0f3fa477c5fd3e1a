// Sorts the table above by the column that is clicked, and finds rows by their words where there are many.
(function (script) {
  var root = script && script.parentNode, table = root && root.querySelector('table');
  if (!table || !table.tBodies[0]) return;
  var body = table.tBodies[0], heads = table.querySelectorAll('thead th'), rows = Array.from(body.rows);
  function value(row, column) {
    var text = row.cells[column].textContent.trim(), number = text.replace(/,/g, '').replace(/ ?%$/, '');
    return text !== '' && isFinite(number) ? Number(number) : text;
  }
  function compare(a, b) {
    if (typeof a === 'number' && typeof b === 'number') return a - b;
    return String(a).localeCompare(String(b), undefined, {numeric: true});
  }
  function sort(column) {
    var head = heads[column], down = head.getAttribute('aria-sort') === 'ascending';
    heads.forEach(function (other) { other.removeAttribute('aria-sort'); other.lastChild.textContent = ''; });
    head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
    head.lastChild.textContent = down ? ' ▼' : ' ▲';
    var sorted = rows.map(function (row) { return [value(row, column), row]; });
    sorted.sort(function (a, b) {
      var empty = (a[0] === '' || a[0] === 'NaN') - (b[0] === '' || b[0] === 'NaN');
      return empty || (down ? -1 : 1) * compare(a[0], b[0]);
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
