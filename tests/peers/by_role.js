// Finds the visible elements with an ARIA role whose accessible name contains `name`, or equals it with `exact`.
// It implements the part of "Accessible Name and Description Computation 1.2" that plain markup needs.
const [role, name, exact] = arguments;

const implied = {
  button: 'button, input[type=submit], input[type=button], summary',
  link: 'a[href]',
  textbox: 'input:not([type]), input[type=text], input[type=url], input[type=email], input[type=password], textarea',
  searchbox: 'input[type=search]',
  spinbutton: 'input[type=number]',
  checkbox: 'input[type=checkbox]',
  radio: 'input[type=radio]',
  combobox: 'select',
  heading: 'h1, h2, h3, h4, h5, h6',
  dialog: 'dialog[open]',
  list: 'ul, ol',
  listitem: 'li',
  navigation: 'nav',
  main: 'main',
  region: 'section[aria-label], section[aria-labelledby]',
  form: 'form[aria-label], form[aria-labelledby]',
  status: 'output',
  img: 'img[alt]',
};

const shown = (element) => {
  if (element.closest('[aria-hidden=true], [hidden], [inert]')) return false;
  const style = getComputedStyle(element);
  return style.visibility !== 'hidden' && element.getClientRects().length > 0;
};

const textOf = (node) => {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (node.nodeType !== Node.ELEMENT_NODE || node.getAttribute('aria-hidden') === 'true') return '';
  return node.getAttribute('aria-label') ?? (node.alt || [...node.childNodes].map(textOf).join(' '));
};

const nameOf = (element) => {
  const by = element.getAttribute('aria-labelledby');
  if (by) return by.split(/\s+/).map((id) => document.getElementById(id)).filter(Boolean).map(textOf).join(' ');
  const label = element.getAttribute('aria-label');
  if (label) return label;
  if (element.labels?.length) return [...element.labels].map(textOf).join(' ');
  if (element.matches('input, textarea, select')) {
    return element.placeholder || element.title || (element.matches('[type=submit], [type=button]') ? element.value : '');
  }
  return textOf(element).trim() || element.title;
};

const tidy = (text) => (text ?? '').replace(/\s+/g, ' ').trim().toLowerCase();
const wanted = name === null || name === undefined ? null : tidy(name);
const selector = `[role="${role}"]` + (implied[role] ? `, :is(${implied[role]}):not([role])` : '');
return [...document.querySelectorAll(selector)].filter((element) => {
  if (!shown(element)) return false;
  if (wanted === null) return true;
  const actual = tidy(nameOf(element));
  return exact ? actual === wanted : actual.includes(wanted);
});
