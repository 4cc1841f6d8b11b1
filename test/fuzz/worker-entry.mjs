// A worker thread begins with plain JavaScript: TypeScript can be loaded from here on.
import { register } from 'tsx/esm/api';

register();
await import('./worker.ts');
