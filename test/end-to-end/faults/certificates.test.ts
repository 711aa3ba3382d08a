import {createHash} from 'node:crypto';
import {copyFile, readFile, rm, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {status} from '@grpc/grpc-js';
import test, {type ExecutionContext} from 'ava';
import {
	type CertificatePair,
	identity,
	shownName,
	TestAuthority,
	temporaryFolder,
} from '../../helpers/certificates.ts';
import {GatewayProcess} from '../../helpers/gateway-process.ts';
import {answerOf, openEdit} from '../../helpers/open-edit.ts';
import {eventually} from '../../helpers/started-program.ts';
import {startTinyTriton, type TinyTriton, tinyEdit} from '../../helpers/tiny-triton.ts';

const request = tinyEdit(50);
/** Goes on while files are read anew, which is done every two seconds. */
const longRequest = tinyEdit(2000);
const sha256 = (token: string) => createHash('sha256').update(token).digest('hex');
let triton: TinyTriton;

test.before(async () => {
	triton = await startTinyTriton();
});

test.after.always(async () => triton?.stop());

/** A gateway that asks its callers for certificates and tokens. */
async function startGuarded(t: ExecutionContext) {
	const folder = await temporaryFolder(t);
	const authority = await TestAuthority.create(folder, 'authority');
	const served = await authority.sign('served');
	const tokensFile = path.join(folder, 'tokens');
	await writeFile(tokensFile, `ci ${sha256('old')}\n`);
	const settings = {
		REDRAFT_TLS_CERT_FILE: served.certFile,
		REDRAFT_TLS_KEY_FILE: served.keyFile,
		REDRAFT_TLS_CLIENT_CA_FILE: authority.caFile,
		REDRAFT_TOKENS_FILE: tokensFile,
	};
	const gateway = await GatewayProcess.start(t, {tritons: [triton], settings});
	const ca = await readFile(authority.caFile);
	const connectAs = async (pair: CertificatePair, token = 'old') =>
		gateway.connect({ca, ...(await identity(pair)), token});
	return {folder, authority, served, tokensFile, gateway, ca, connectAs};
}

/** Does something to the files of a gateway, and waits until it has told what came of it. */
async function change({program}: GatewayProcess, work: () => Promise<void>, told: string): Promise<void> {
	const numTold = () => program.output().split(told).length;
	const before = numTold();
	await work();
	await eventually(() => numTold() > before);
}

test.serial(
	'certificates and tokens that change in the middle of an edit hold for the next callers, and the edit goes on',
	async t => {
		const {authority, served, tokensFile, gateway, ca, connectAs} = await startGuarded(t);
		const [caller, next] = [await authority.sign('caller'), await authority.sign('next')];
		const client = await connectAs(caller);
		const whole = await answerOf(client, longRequest);
		const open = await openEdit(client, longRequest);
		const rotate = async () => {
			await copyFile(next.keyFile, served.keyFile);
			await copyFile(next.certFile, served.certFile);
		};
		await change(gateway, rotate, '"files reloaded"');
		t.is(await shownName(gateway.address, ca), 'next');
		await change(gateway, () => writeFile(tokensFile, `ci ${sha256('new')}\n`), '"files reloaded"');
		const unknown = {code: status.UNAUTHENTICATED};
		t.like(await t.throwsAsync(answerOf(client, request)), unknown);
		const answer = await answerOf(await connectAs(caller, 'new'), request);
		t.deepEqual(answer.tokenIds, whole.tokenIds.slice(0, 50));
		t.deepEqual(await open.answer, whole);
		await gateway.untilIdle();
		t.deepEqual(await gateway.outcomes(), {finished: 3, cancelled: 0, refused: 1, failed: 0});
	},
);

test.serial(
	'a pair that does not fit and files that are gone leave the last good ones in service',
	async t => {
		const {authority, served, tokensFile, gateway, ca, connectAs} = await startGuarded(t);
		const client = await connectAs(await authority.sign('caller'));
		const other = await authority.sign('other');
		const kept = '"files not reloaded, the last good ones stay"';
		await change(gateway, () => copyFile(other.keyFile, served.keyFile), kept);
		t.is(await shownName(gateway.address, ca), 'served');
		await change(gateway, () => rm(served.certFile), kept);
		t.is(await shownName(gateway.address, ca), 'served');
		await change(gateway, () => rm(tokensFile), kept);
		t.is((await answerOf(client, request)).tokenIds.length, 50);
		await gateway.untilIdle();
		t.deepEqual(await gateway.outcomes(), {finished: 1, cancelled: 0, refused: 0, failed: 0});
	},
);

test.serial(
	'callers with an expired certificate, one of another authority or none are turned away, and the others are served',
	async t => {
		const {folder, authority, gateway, ca, connectAs} = await startGuarded(t);
		const stranger = await TestAuthority.create(folder, 'stranger');
		const client = await connectAs(await authority.sign('caller'));
		const expected = await answerOf(client, request);
		const open = await openEdit(client, tinyEdit(500));
		const refused = [
			await connectAs(await authority.sign('late', -1)),
			await connectAs(await stranger.sign('unknown')),
			gateway.connect({ca, token: 'old'}),
			gateway.connect({ca: await readFile(stranger.caFile), token: 'old'}),
		];
		for (const caller of refused) {
			const edit = caller.edit(request, {timeoutMs: 20_000});
			t.like(await t.throwsAsync(edit), {code: status.UNAVAILABLE});
		}

		t.deepEqual(await answerOf(client, request), expected);
		t.is((await open.answer).tokenIds.length, 500);
		await gateway.untilIdle();
		t.deepEqual(await gateway.outcomes(), {finished: 3, cancelled: 0, refused: 0, failed: 0});
	},
);
