/** Puts the page where index.html keeps its place. */
import { render } from 'preact';
import { App } from './app.tsx';

render(<App />, document.querySelector('#page')!);
