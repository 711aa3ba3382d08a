import test from 'ava';
import {checkPlatform} from '../../../src/embedded/machine/platform.ts';

test('machines that the wheel has no build for are refused with a way out', t => {
	const linux = {system: 'linux', processor: 'x64', glibc: '2.36'};
	t.notThrows(() => checkPlatform(linux));
	t.notThrows(() => checkPlatform({...linux, glibc: '3.0'}));
	for (const other of [{system: 'darwin'}, {processor: 'ia32'}, {glibc: '2.31'}, {glibc: undefined}]) {
		t.throws(() => checkPlatform({...linux, ...other}), {message: /got .*; set TRITON_URLS/});
	}
});
