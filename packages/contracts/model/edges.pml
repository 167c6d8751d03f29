/* What surety.pml leaves out, as small worlds of the protocol. Choose one with -D:
   EVID equivocation evidence   CUTS batches under a gas bound   WIT two bridges   EXIT exit of a vault   HALT Halt statements
   CUTS and WIT without BADQ are liveness worlds, with weak fairness per process. -DX=M_... changes one rule, -DX=W_... asks a question; each must fail.
   A head is an exact number: base 3, one digit (1 or 2) per entry. The README says what each world assumes. Rewinds and coverage: rewind.pml and name.pml. */
mtype = { NONE, M_KEY_NO_EDGE, M_KEY_NO_COUNT, M_KEY_STATEMENT, M_NO_ASK, M_NO_ROWS, M_SIGN_LATEST, M_FRAMES_ONLY, M_NO_RESTATE, M_NO_DAILY, W_30_DAYS,
  M_ONE_QUARANTINES, M_REVERT, M_STOPPED_COMPARED, M_CONF_FALLS, M_EFF_M, M_NO_MARK, M_DAY_ANY, W_SHRINK,
  M_OLD_ANCHOR, M_STRICT, M_NO_CATCH_UP, M_LATE_REPLAY, M_EXIT_ALIVE, M_PROOF_PASSED, M_NO_LOCK_BACK, M_EXIT_UNSETTLED, M_HALT_REPLAY, M_HALT_K };
#ifndef X
#define X NONE
#endif
#ifdef EFFECT                                              /* leaves out the direct check of a rule: the mutant must fail by what it does */
#define RULE(e) skip
#else
#define RULE(e) assert(e)
#endif
#define BIT(m,i) (((m) >> (i)) & 1)
#define ONES(m) (BIT(m,0) + BIT(m,1) + BIT(m,2) + BIT(m,3))
#define POW3(k) ((k)<=0->1:((k)==1->3:((k)==2->9:27)))
#define PRE(h,n,c) ((h) / POW3((n)-(c)))                   /* head at count c of a journal with head h at count n */

#ifdef EVID /* ---- one honest attester, two edges of one chain, two entries each; everything it ever signed is public ---- */
typedef Chain { byte n[2]; byte h[2] }
Chain t, f;                                                /* newest and final state */
byte row[4], pub[4], mem[4], pep[4];                       /* by edge*2+count-1: own rows; signed; held by others; epochs signed */
byte ep, deep, lost, i, h;
#define CPY(x,y) x.n[0] = y.n[0]; x.n[1] = y.n[1]; x.h[0] = y.h[0]; x.h[1] = y.h[1]
#define SET(x,a,b,c,d) x[0] = a; x[1] = b; x[2] = c; x[3] = d
#define SN(E) (X == M_SIGN_LATEST -> t.n[E] : f.n[E])
#define SH(E) (X == M_SIGN_LATEST -> t.h[E] : f.h[E])
inline evidence(P) {                                       /* can anyone suspend the signer with this and an older signature?  (I15) */
  assert(pub[i] == 0 || pub[i] == h);
  assert(X != M_KEY_NO_EDGE || pub[(i+2)%4] == 0);         /* heads of two edges, and of two counts, always differ */
  assert(X != M_KEY_NO_COUNT || pub[(i/2)*2 + (i+1)%2] == 0);
  assert(X != M_KEY_STATEMENT || pep[i] == 0 || pep[i] == 1 << P)        /* statements are compared, not heads: epochs differ */
}
#define ADD(E,V) :: d_step { t.n[E] < 2 -> t.h[E] = t.h[E]*3 + V; t.n[E]++ }
#define SIGN(E,C,P) :: d_step { !lost && C <= SN(E) && P <= ep && ep <= P+1 -> i = E*2+C-1; h = PRE(SH(E),SN(E),C); \
    if :: row[i] == 0 || row[i] == h || X == M_NO_ROWS -> evidence(P); row[i] = h; pub[i] = h; mem[i] = h; pep[i] = pep[i] | (1 << P) :: else fi; i = 0; h = 0 }
active proctype evid() {
end: do
  ADD(0,1) ADD(0,2) ADD(1,1) ADD(1,2)
  :: d_step { CPY(f,t) }                                   /* finality */
  :: d_step { CPY(t,f) }                                   /* reorg of what is not final */
  SIGN(0,1,0) SIGN(0,2,0) SIGN(1,1,0) SIGN(1,2,0) SIGN(0,1,1) SIGN(0,2,1) SIGN(1,1,1) SIGN(1,2,1)
  :: d_step { ep < 2 -> ep++ }                             /* 0: old set, 1: overlap, both epochs, 2: new set */
#ifndef NODEEP
  :: d_step { !deep -> deep = 1; t.n[0] = 0; t.n[1] = 0; t.h[0] = 0; t.h[1] = 0; CPY(f,t) }       /* finality breaks once */
#endif
  :: d_step { !lost -> SET(row,0,0,0,0); lost = (X != M_NO_ASK) }         /* history lost; the mutant goes on at once */
#ifndef RETIRE                                             /* RETIRE: a key without its history never signs again */
  :: d_step { lost -> SET(row,mem[0],mem[1],mem[2],mem[3]); lost = 0 }    /* others answer what they hold */
#endif
#ifdef AGLIES
  :: d_step { SET(mem,0,0,0,0) }                           /* nothing was posted; the aggregator lies, or was rebuilt from the chains */
#endif
  od
}
#endif

#ifdef CUTS /* ---- journal of 6, at most 2 entries in a transaction, cuts = multiples of 2 ---- */
byte n, lf, r, att, pend, first, ep, old, sk, c, m;        /* lf: count at the frame before; att: attested counts of the living epoch */
inline frame() {                                           /* first frame of a day or an epoch: restates every cut not applied at the destination */
  m = (n > 0 -> 1 << n : 0); c = (first && X != M_NO_RESTATE -> (X == W_30_DAYS -> old : r) : lf) + 1;
  do :: c <= n -> m = m | (c % 2 == 0 && X != M_FRAMES_ONLY -> 1 << c : 0); c++ :: else -> break od;
  pend = pend | m; lf = n; first = 0; c = 0; m = 0
}
active proctype journal() { do :: d_step { n < 6 -> n++ } :: n == 6 -> break od }
active proctype frames() { do :: d_step { frame() } :: d_step { sk < 2 -> sk++; lf = n } od }  /* growth or heartbeat; two may be lost for ever */
active proctype attesters() { do :: d_step { (att | pend) != att -> att = att | pend; pend = 0 } od }
active proctype relayer() { do :: d_step { BIT(att,r+1) -> r = r + 1 } :: d_step { BIT(att,r+2) -> r = r + 2 } od }
active proctype days() { do :: d_step { !first && X != M_NO_DAILY -> first = 1 } od }
#ifndef NOEPOCH                                            /* old signatures expire; in W_30_DAYS nothing was applied for 30 days before */
active proctype governor() { do :: d_step { ep == 0 -> ep = 1; att = 0; pend = 0; first = 1; old = n } :: break od }
#endif
ltl live { <> (r == 6) }
#endif

#ifdef WIT /* ---- one source, 4 unit entries, witness 0 honest, witness 1 lies; fast limit 2, contested 1 ---- */
#define N 4
#define FAST 2
#ifndef M
#define M 1                                                /* confirmations needed */
#endif
byte n, r, g;                                              /* journal; replica; the first g entries of the replica are true */
byte park, day, mk, rec[2], lie[2], cf[2], cc, out, q, fresh, u, x, y, w, bad, gg;
#define COUNTS(w) (!BIT(out,w))
#define LIM (out == 0 -> FAST : 1)
#define NEED (X == M_EFF_M && out != 0 -> 1 : M)           /* M_EFF_M: fewer are needed once a witness is stopped */
inline used() { u = 0; y = cc; do :: y < r -> u = u + 1 - BIT(park,y) - BIT(day,y); y++ :: else -> break od; y = 0 }
inline inv() {
  used(); assert(u <= FAST); assert(X != W_SHRINK || u <= LIM);           /* used and unconfirmed                  (I6) */
#ifdef BADQ
  u = 0; y = g; do :: y < r -> u = u + 1 - BIT(park,y); y++ :: else -> break od; y = 0;
  assert(u <= FAST);                                       /* forged value in use                                   (I10) */
  RULE(X != M_NO_MARK || g == r || (rec[0] & ~mk & (1 << r)) == 0);       /* what the honest witness shows can be compared */
#else
  RULE(!q);                                                /* one lying bridge stops nothing                        (I8) */
#endif
  u = 0; x = 0; w = 0; bad = 0; gg = 0
}
inline conflict(W) {                                       /* M_CONF_FALLS: what a stopped witness had confirmed is unconfirmed again */
  cc = (X == M_CONF_FALLS -> cf[1-W] : cc); out = out | (1 << W); fresh = 1; q = (out == 3 || X == M_ONE_QUARANTINES)
}
inline apply(C,T,K) {                                      /* T: true entries, else forged ones after r; K: the caller names every recorded count */
  gg = (T -> C : g); bad = 0; w = (K -> 0 : 2);
  do :: w < 2 -> x = r+1;
       do :: x <= C ->
            if :: BIT(rec[w],x) && BIT(lie[w],x) == (x <= gg) && (COUNTS(w) || X == M_STOPPED_COMPARED) ->
                  bad = 1; if :: X != M_REVERT -> conflict(w) :: else fi  /* a revert would undo the record */
            :: else fi; x++
       :: else -> break od; w++
  :: else -> break od;
  if :: !bad -> mk = mk | (K -> (1 << C) | ((rec[0] | rec[1]) & ((1 << C) - (1 << (r+1)))) : 0); g = gg;
       do :: r < C -> used(); park = park | (u < LIM -> 0 : 1 << r); r++ :: else -> break od
  :: else fi
}
inline confirm(W,C) {
  if :: BIT(lie[W],C) != (C <= g) -> cf[W] = C;
        if :: C > cc && (cf[0] >= C && COUNTS(0)) + (cf[1] >= C && COUNTS(1)) >= NEED -> cc = C; park = park & (255 - ((1 << C) - 1)) :: else fi
  :: else -> conflict(W)
  fi
}
#define CONF(W,C) :: d_step { !q && COUNTS(W) && C <= r && BIT(mk,C) && BIT(rec[W],C) && (C > cf[W] || BIT(lie[W],C) == (C <= g)) -> confirm(W,C); inv() }
#define CONFS(W) CONF(W,1) CONF(W,2) CONF(W,3) CONF(W,4)
#define LIE(C) :: d_step { !BIT(rec[1],C) -> rec[1] = rec[1] | (1 << C); lie[1] = lie[1] | (1 << C) } :: d_step { !BIT(rec[1],C) && C <= n -> rec[1] = rec[1] | (1 << C) }
#define PUB(W) :: d_step { n > 0 && !BIT(rec[W],n) -> rec[W] = rec[W] | (1 << n) }
#define APPLY(C) :: d_step { !q && r < C && C <= n && r == g -> apply(C,1,1); inv() }
#define FORGE(C) :: d_step { !q && r < C -> apply(C,0,0); inv() } :: d_step { !q && r < C -> apply(C,0,1); inv() }
#define MARK(C) :: d_step { C <= r && !BIT(mk,C) && X != M_NO_MARK -> mk = mk | (1 << C) }
#ifdef BADQ                                                /* the whole quorum is corrupt; witness 1 lies only with LIAR */
active proctype wit() {
end: do
  :: d_step { n < N -> n++ }
  PUB(0) CONFS(0) CONFS(1) MARK(1) MARK(2) MARK(3) MARK(4) APPLY(1) APPLY(2) APPLY(3) APPLY(4) FORGE(1) FORGE(2) FORGE(3) FORGE(4)
#ifdef LIAR
  LIE(1) LIE(2) LIE(3) LIE(4)
#else
  PUB(1)
#endif
  od
}
#else
active proctype journal() { do :: d_step { n < N -> n++ } :: n == N -> break od }
active proctype relayer() { do APPLY(1) APPLY(2) APPLY(3) APPLY(4) od }
active proctype bridge() { do PUB(0) od }
active proctype liar() { do LIE(1) LIE(2) LIE(3) LIE(4) :: X == M_DAY_ANY -> fresh = 1 :: break od }   /* M_DAY_ANY: every further conflict starts the 7 days again */
active proctype confirmer() { do CONFS(0) CONFS(1) od }
#ifdef DAYS                                                /* 7 days without a new conflict: parked value becomes usable */
active proctype days() { do :: d_step { park > 0 -> fresh = 0 };
    d_step { x = 0; do :: x < N && !(BIT(park,x) && !fresh) -> x++ :: else -> break od;
             if :: x < N -> park = park - (1 << x); day = day | (1 << x) :: else fi; x = 0; inv() } od }
#endif
ltl live { <> (r == N && park == 0) }
#endif
#endif

#ifdef EXIT /* ---- 2 accounts, 3 locks of one unit, 3 releases; F: newest frame of the ledger; A: the vault's anchor; P: the anchor that was proven.
     un: a unit on a line that no lock backs, found by a rewind and not settled yet. A unit is worth 4 tokens while nothing is missing. ---- */
typedef S { byte n, a, un; byte b[2]; byte d[2] }          /* releases, locks applied, unsettled units, lines, debts */
S s, F, A, P;
byte l, c, paid, pr, ex, cl, out, tok, dead, shown, x, owed, w, y, z;  /* vault: locks, replica count, paid releases, exit, claims; units and tokens that left; the unsettled amount was shown */
#define CPY(p,q) p.n = q.n; p.a = q.a; p.un = q.un; p.b[0] = q.b[0]; p.b[1] = q.b[1]; p.d[0] = q.d[0]; p.d[1] = q.d[1]
#define TIP (X == M_OLD_ANCHOR || X == M_STRICT)           /* the anchor moves only with count = tip, and nothing is replayed at opening */
#define CLAIMOK (X != M_STRICT || c == A.n)                /* M_STRICT: claims only where the anchor's count is the replica's count */
#define LATE (BIT(cl,2) || X == M_NO_LOCK_BACK -> 0 : l - A.a)          /* locks that the anchored ledger had not applied */
#define ACC (l - out + (shown && X != M_EXIT_UNSETTLED -> A.un : 0))    /* accounted units: the first claim adds what was unsettled in the anchor's block */
inline due() {                                             /* owed: replayed and unpaid; z: all units that may still leave */
  owed = 0; x = 0; do :: x < c -> owed = owed + 1 - BIT(paid,x); x++ :: else -> break od; x = 0;
  z = owed + (1-BIT(cl,0))*A.b[0] + (1-BIT(cl,1))*A.b[1] + LATE
}
inline inv() {
  assert(out <= l + (ex -> A.un : 0) && tok <= 4*l);
  if :: ex -> due();
       RULE(!CLAIMOK || out + z == l + A.un);              /* nothing twice, nothing stuck                          (I1, I4, I9) */
       RULE(!shown || !CLAIMOK || z == ACC);               /* every claim is on record, so that all bear the same share    */
       RULE(CLAIMOK); assert(dead || !(BIT(cl,0) && s.d[0] || BIT(cl,1) && s.d[1])); owed = 0; z = 0
  :: else fi
}
inline leave(U) {                                          /* U units leave at the coverage of the moment; who comes later finds no less for a unit */
  due(); w = 4*l - tok; y = (w >= 4*ACC -> 4*(U) : (ACC > 0 -> ((U)*w)/ACC : 0)); y = (y > w -> w : y);
  assert(!shown || (w >= 4*z -> w - y >= 4*(z-(U)) : (w-y)*z >= w*(z-(U))));
  tok = tok + y; out = out + (U); w = 0; y = 0; z = 0; owed = 0
}
#define REQ(P) :: d_step { !dead && !s.un && s.n < 3 && s.b[P] > s.d[P] -> s.b[P]--; s.n++ }
#define MOVE(P,Q) :: d_step { !dead && !s.un && s.b[P] > s.d[P] -> s.b[P]--; s.b[Q]++ }
#define BORROW(P) :: d_step { !dead && !s.un && s.b[P] > s.d[P] -> s.d[P]++ } :: d_step { !dead && s.d[P] > 0 -> s.d[P]-- }
#define ACCEPT(C) :: d_step { (!ex || X == M_LATE_REPLAY) && c <= C && C <= F.n -> c = C; if :: C == F.n || !TIP -> CPY(A,F) :: else fi; inv() }
#define PAY(I) :: d_step { I < c && !BIT(paid,I) && out < l + (ex -> A.un : 0) -> leave(1); paid = paid | (1 << I); inv() }
#define CLAIM(P) :: d_step { ex && CLAIMOK && !BIT(cl,P) && A.d[P] == 0 && A.b[P] > 0 -> shown = 1; leave(A.b[P]); cl = cl | (1 << P); inv() }
active proctype vault() {
end: do
  :: d_step { l < 3 && !ex -> l++ }
  :: d_step { !dead && s.a < l -> s.b[s.a % 2]++; s.a++ }
  REQ(0) REQ(1) MOVE(0,1) MOVE(1,0) BORROW(0) BORROW(1)
  :: d_step { !dead && !s.un && l > 0 -> s.un = 1; s.b[0]++ }              /* a rewind finds a unit on a line that no lock backs */
  :: d_step { !dead && s.un && s.b[0] > 0 -> s.un = 0; s.b[0]--; s.d[0] = (s.d[0] > s.b[0] -> s.b[0] : s.d[0]) }    /* and takes it back */
  :: d_step { !dead -> CPY(F,s) }
  :: dead = 1
  ACCEPT(0) ACCEPT(1) ACCEPT(2) ACCEPT(3) PAY(0) PAY(1) PAY(2)
  :: d_step { !ex && (dead || X == M_EXIT_ALIVE) -> CPY(P,A); pr = 1 }     /* 7 days' notice: a living ledger is heard and stops it. Proven again at will */
  :: d_step { !ex && pr && (c <= P.n || TIP || X == M_PROOF_PASSED) ->     /* until here statements are accepted; the rest is replayed by the proof */
       CPY(A,P); ex = 1; c = (TIP || X == M_NO_CATCH_UP || c > A.n -> c : A.n); inv() }
  CLAIM(0) CLAIM(1)
  :: d_step { ex && CLAIMOK && LATE > 0 -> shown = 1; leave(LATE); cl = cl | 4; inv() }
  od
}
#endif

#ifdef HALT /* ---- n = 4, k = 3, T traitors; sig: Halts signed since the last clearing ---- */
#ifndef T
#define T 1
#endif
byte sig, old, brk, halted, clr;
#define NEED (X == M_HALT_K -> 3 : 2)                      /* n - k + 1 = 2 */
#define VALID (X == M_HALT_REPLAY -> sig | old : sig)      /* newer than the last clearing */
#define HSIG(P) :: d_step { !BIT(sig,P) && (P < T || brk) -> sig = sig | (1 << P) }
#define HONEST (15 - ((1 << T) - 1))
active proctype halt() {
end: do
  :: d_step { !brk && clr == 0 -> brk = 1 }
  HSIG(0) HSIG(1) HSIG(2) HSIG(3)
  :: d_step { !halted && ONES(VALID) >= NEED -> halted = 1; assert(brk) }                 /* anyone submits; never without a cause */
  :: d_step { !halted && brk && (sig & HONEST) == HONEST -> assert(ONES(VALID) >= NEED) } /* the honest alone can stop a dead fork */
  :: d_step { halted && clr < 2 -> clr++; halted = 0; brk = 0; old = old | sig; sig = 0 } /* guardian, after 24 h, cause gone */
  od
}
#endif

