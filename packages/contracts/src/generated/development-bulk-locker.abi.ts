// Written by tools/build-abi.mjs from the compiled contracts; do not edit.
/** The ABI of DevelopmentBulkLocker. */
export const developmentBulkLockerAbi = [{"type":"function","name":"lockMany","inputs":[{"name":"vault","type":"address"},{"name":"token","type":"address"},{"name":"units","type":"uint128"},{"name":"firstOwner","type":"uint160"},{"name":"start","type":"uint256"},{"name":"count","type":"uint256"},{"name":"owners","type":"uint256"}],"outputs":[],"stateMutability":"nonpayable"}] as const;
