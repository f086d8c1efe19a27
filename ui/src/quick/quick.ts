/** The page of the quick switch. */
import { mount } from 'svelte';
import '../app.css';
import '../contrast.css';
import Quick from './Quick.svelte';
import type { QuickBackend } from './quick-backend';
import { tauriQuick } from './tauri-quick';

async function chooseBackend(): Promise<QuickBackend> {
  if (__FAKE__ && !('__TAURI_INTERNALS__' in window)) {
    const { FakeQuick } = await import('./fake-quick');
    const { scenario } = await import('../lib/fake-scenarios');
    const wanted = new URLSearchParams(location.search);
    const theme = wanted.get('theme');
    if (theme) document.documentElement.dataset['theme'] = theme;
    return new FakeQuick(scenario(wanted.get('fake') ?? 'main'));
  }
  return tauriQuick;
}

const target = document.getElementById('app');
if (target) mount(Quick, { target, props: { backend: await chooseBackend() } });
