// Runs before the bare address is painted: whoever reads English is taken to the English page.
(() => {
  let stored = null;
  try {
    stored = localStorage.getItem('ob.lang');
  } catch {
    // a private window
  }
  const tags = stored ? [stored] : navigator.languages;
  const known = tags.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag === 'th' || tag === 'en');
  if (location.pathname === '/' && known === 'en') location.replace(`/en${location.search}`);
})();
