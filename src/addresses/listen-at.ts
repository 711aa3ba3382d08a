import {once} from 'node:events';
import type {AddressInfo, Server} from 'node:net';
import {hostOf, socketAddress} from './host-port.ts';

/**
 * Lets a server listen.
 * @param address `host:port`; port 0 takes a free one
 * @returns the address that it listens on
 * @throws the system's error, where the address is not free
 */
export async function listenAt(server: Server, address: string): Promise<string> {
	await once(server.listen(socketAddress(address)), 'listening');
	return `${hostOf(address)}:${(server.address() as AddressInfo).port}`;
}
