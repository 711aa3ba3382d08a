/** The host of `host:port`; an IPv6 address keeps its brackets. */
export function hostOf(address: string): string {
	return address.slice(0, address.lastIndexOf(':'));
}

/** `host:port` as sockets take it: an IPv6 address without its brackets. */
export function socketAddress(address: string): {readonly host: string; readonly port: number} {
	const host = hostOf(address);
	return {host: host.replace(/^\[|\]$/g, ''), port: Number(address.slice(host.length + 1))};
}
