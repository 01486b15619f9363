/** The window, started: texts first, so that nothing is shown in the wrong language, then the page. */
import '@mantine/core/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import 'virtual:theme.css';
import './theme/global.css';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';
import { keptLanguage } from './app/kept-appearance.ts';
import { startTexts } from './i18n/i18n.ts';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
await startTexts(keptLanguage());
createRoot(root).render(<App />);
