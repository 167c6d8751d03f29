// Written by tools/build-abi.mjs from the compiled contracts; do not edit.
/** The ABI of RatioPage. */
export const ratioPageAbi = [{"type":"constructor","inputs":[{"name":"first","type":"uint256"}],"stateMutability":"nonpayable"}] as const;
