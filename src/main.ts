import {serve} from './serve.ts';
import {stopSignal} from './stop-signal.ts';

process.exitCode = await serve(stopSignal());
