// Runs in every frame of a sign-in window before the page's own scripts. It leaves every form alone except the one that
// carries an assertion to AWS. It stops that form and hands its assertion to the app.
//
// It can't post a message to the app, because a page that could do that could do more. It can only navigate to a URL,
// which the app reads and then refuses. The assertion is in the fragment, which browsers never send, and the host can't
// exist (RFC 2606), so nothing would leak even if the app didn't refuse. The page's content security policy
// (`form-action`, `connect-src`, `script-src`) doesn't affect this.
(toAws, caught) => {
  'use strict';

  // The page's scripts run later and may replace anything, as polyfills do, so keep the originals.
  const { apply, getOwnPropertyDescriptor } = Reflect;
  const form = HTMLFormElement.prototype;
  // Not `form.action`, because a field with that name would hide it.
  const actionOf = getOwnPropertyDescriptor(form, 'action').get;
  const nativeSubmit = form.submit;
  const nativeAttachShadow = Element.prototype.attachShadow;
  const Fields = FormData;
  const valueOf = FormData.prototype.get;
  const encode = encodeURIComponent;
  const matches = RegExp.prototype.test.bind(toAws);

  /** Takes the assertion from a form that is about to be sent. Returns false if the form isn't for AWS. */
  function take(sent, submitter) {
    const to = submitter?.hasAttribute('formaction') ? submitter.formAction : apply(actionOf, sent, []);
    if (!matches(to)) return false;
    const assertion = apply(valueOf, new Fields(sent), ['SAMLResponse']);
    if (typeof assertion !== 'string' || assertion === '') return false;
    const address = `${caught}#to=${encode(to)}&assertion=${encode(assertion)}`;
    if (window !== window.top) {
      try {
        window.top.location.href = address;
      } catch {
        // A sandboxed frame may not do this, but it can always navigate itself.
      }
    }
    window.location.href = address;
    return true;
  }

  function onSubmit(event) {
    if (event.defaultPrevented || !(event.target instanceof HTMLFormElement)) return;
    if (!take(event.target, event.submitter)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  // A click and requestSubmit() fire an event, which arrives here before any of the page's listeners. Some pages fill
  // in the assertion only then, so look at the form again after their listeners.
  function listenOn(root) {
    root.addEventListener('submit', onSubmit, true);
    root.addEventListener('submit', onSubmit, false);
  }
  listenOn(window);

  // Some pages open an empty window first and navigate it later. The app needs a URL to decide whether to allow it.
  const nativeOpen = window.open;
  window.open = function open(address = '', ...more) {
    return apply(nativeOpen, window, [`${address}` === '' ? 'about:blank' : address, ...more]);
  };

  // The event doesn't leave a shadow tree.
  Element.prototype.attachShadow = function attachShadow(init) {
    const root = apply(nativeAttachShadow, this, [init]);
    listenOn(root);
    return root;
  };

  // submit() fires no event.
  form.submit = function submit() {
    if (!take(this, null)) apply(nativeSubmit, this, []);
  };
}
