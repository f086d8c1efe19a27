import { mount } from 'svelte';
import './app.css';
import './contrast.css';
import App from './App.svelte';
import type { Backend } from './lib/backend';
import { tauriBackend } from './lib/tauri-backend';

async function chooseBackend(): Promise<Backend> {
  if (__FAKE__ && !('__TAURI_INTERNALS__' in window)) {
    const { scenario } = await import('./lib/fake-scenarios');
    const wanted = new URLSearchParams(location.search);
    const theme = wanted.get('theme');
    const backend = scenario(wanted.get('fake') ?? 'main');
    if (theme) backend.config.file.set('window.theme', theme);
    Object.assign(window, { fake: backend });
    return backend;
  }
  return tauriBackend;
}

const target = document.getElementById('app');
if (target) mount(App, { target, props: { backend: await chooseBackend() } });
