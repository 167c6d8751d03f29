/* The name of a replica that is rewound. One journal of two entries, up to two breaks of its finality, a rewind of its replica after each, one honest
   attester; everything that it ever signed is public. Signatures are kept by (name, count), as the attester keeps its rows and the verifier evidence.
   I15: no two of its signatures are evidence against it; and after a rewind its own rows never keep it from signing the journal under the next name.
   W_SIGNS asks whether it does sign again, and must fail. -DX=M_... changes one rule; each must fail.
   A head is an exact number: base 3, one digit (1 or 2) per entry. */
mtype = { NONE, M_SAME_NAME, M_NAME_WITHOUT_GENERATION, W_SIGNS };
#ifndef X
#define X NONE
#endif
#define POW3(k) ((k)<=0->1:((k)==1->3:9))
#define PRE(h,n,c) ((h) / POW3((n)-(c)))                   /* head at count c of a journal with head h at count n */
byte n, h, f, fh;                                          /* journal: newest and final state                     */
byte breaks, g, p, ph;                                     /* breaks of finality; generation; count and head of the point */
byte pub[27], i, hd;                                       /* head signed under (name, count), 0 for none         */
/* A name commits to the generation and to the head of the point: 0 at first, then one number for each pair of them. */
#define NAME (g == 0 || X == M_SAME_NAME -> 0 : (X == M_NAME_WITHOUT_GENERATION -> 1 + ph : 1 + 4*(g-1) + ph))
#define ADD(V) :: d_step { n < 2 -> h = h*3+V; n++ }
/* It signs the final journal at any count past the point. Between a break and the rewind its rows refuse a second head; otherwise they must have none to refuse. */
#define SIGN(C) :: d_step { C <= f && (g == 0 || C > p) -> i = NAME*3 + C; hd = PRE(fh,f,C); \
   if :: breaks > g && pub[i] != 0 && pub[i] != hd -> skip \
      :: else -> assert(pub[i] == 0 || pub[i] == hd); pub[i] = hd; assert(X != W_SIGNS || g == 0) fi; i = 0; hd = 0 }
#define REWIND(P) :: d_step { breaks > g && P <= f -> g++; p = P; ph = PRE(fh,f,P) }
active proctype name() {
end: do
  ADD(1) ADD(2)
  :: d_step { f = n; fh = h }                              /* finality */
  :: d_step { n = f; h = fh }                              /* a reorg of what is not final */
  :: d_step { breaks < 2 && breaks == g && f > 0 -> breaks++; n = 0; h = 0; f = 0; fh = 0 }       /* finality breaks, back to genesis */
  SIGN(1) SIGN(2) REWIND(0) REWIND(1)
  od
}
