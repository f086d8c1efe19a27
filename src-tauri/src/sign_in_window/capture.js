// Runs in every frame of a sign-in window before the scripts of its page. It lets every form go its way but the one
// that carries an assertion to AWS: that form is not sent, and its assertion goes to the app instead.
//
// It cannot post a message to the app: a page that could do that could do more. It can only ask to be taken to an
// address, which the app refuses after having read it. The assertion is in the fragment, which no browser sends
// anywhere, and the host cannot exist (RFC 2606), so nothing would leave even where nobody refused. No policy of the
// page (CSP `form-action`, `connect-src`, `script-src`) is about that.
(toAws, caught) => {
  'use strict';

  // A page's scripts come later and may replace anything, as polyfills do: what is needed is taken now.
  const { apply, getOwnPropertyDescriptor } = Reflect;
  const form = HTMLFormElement.prototype;
  // Not `form.action`: a field of that name would stand before it.
  const actionOf = getOwnPropertyDescriptor(form, 'action').get;
  const nativeSubmit = form.submit;
  const nativeAttachShadow = Element.prototype.attachShadow;
  const Fields = FormData;
  const valueOf = FormData.prototype.get;
  const encode = encodeURIComponent;
  const matches = RegExp.prototype.test.bind(toAws);

  /** Takes the assertion of a form that is about to be sent; false when it is none of ours. */
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
        // A sandboxed frame may not; itself it can always move.
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

  // A click and requestSubmit() announce themselves: first here, before any listener of the page. Some pages put the
  // assertion into the form only then, so a form that was empty is looked at again when they are through.
  function listenOn(root) {
    root.addEventListener('submit', onSubmit, true);
    root.addEventListener('submit', onSubmit, false);
  }
  listenOn(window);

  // Many a page opens an empty window first and goes on in there. The window's makers want an address to decide about.
  const nativeOpen = window.open;
  window.open = function open(address = '', ...more) {
    return apply(nativeOpen, window, [`${address}` === '' ? 'about:blank' : address, ...more]);
  };

  // In a shadow tree the event stays inside.
  Element.prototype.attachShadow = function attachShadow(init) {
    const root = apply(nativeAttachShadow, this, [init]);
    listenOn(root);
    return root;
  };

  // submit() announces nothing.
  form.submit = function submit() {
    if (!take(this, null)) apply(nativeSubmit, this, []);
  };
}
