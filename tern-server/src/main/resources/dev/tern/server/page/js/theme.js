// Runs before the page is drawn, so that a chosen theme does not follow after a flash of the other.
try {
  const theme = localStorage.getItem('tern.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Without storage the theme is the system's.
}
