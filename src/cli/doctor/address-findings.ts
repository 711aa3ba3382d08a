import {once} from 'node:events';
import {connect, createServer} from 'node:net';
import {socketAddress} from '../../addresses/host-port.ts';
import type {Finding} from './finding.ts';

const connectTimeoutMs = 2000;

/** Whether the service could listen at its address. */
export async function listenFinding(address: string): Promise<Finding> {
	const subject = 'address';
	const server = createServer();
	try {
		await once(server.listen(socketAddress(address)), 'listening');
		return {subject, state: 'ok', found: `${address} is free`};
	} catch (error) {
		return {
			subject,
			state: 'note',
			found: `${address} can't be used: ${(error as Error).message}`,
			advice: 'a service may run there already; REDRAFT_LISTEN names another address',
		};
	} finally {
		server.close();
	}
}

/** Whether somebody answers at the address of an external Triton. */
export async function tritonFinding(address: string): Promise<Finding> {
	const subject = 'Triton';
	const socket = connect({...socketAddress(address), timeout: connectTimeoutMs});
	socket.once('timeout', () => socket.destroy(new Error(`no answer within ${connectTimeoutMs / 1000} s`)));
	try {
		await once(socket, 'connect');
		return {subject, state: 'ok', found: `${address} can be reached`};
	} catch (error) {
		return {
			subject,
			state: 'bad',
			found: `${address} can't be reached: ${(error as Error).message}`,
			advice: 'TRITON_URLS names the gRPC port of a Triton that runs; without it the service starts one',
		};
	} finally {
		socket.destroy();
	}
}
