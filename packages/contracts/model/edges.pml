/* What surety.pml leaves out, as small worlds of the protocol. Choose one with -D:
   EVID equivocation evidence   CUTS batches under a gas bound   WIT two bridges   GEN generations   OWED credit taken back that was spent   ANEW releases undone and journaled again   EXIT exit of a vault   HALT Halt statements   SCALE shortfalls shared   REROUTE another recipient
   CUTS and WIT without BADQ are liveness worlds, with weak fairness per process. -DX=M_... changes one rule, -DX=W_... asks a question; each must fail.
   A head is an exact number: base 3, one digit (1 or 2) per entry. The README says what each world assumes. */
mtype = { NONE, M_KEY_NO_EDGE, M_KEY_NO_COUNT, M_KEY_STATEMENT, M_NO_ASK, M_NO_ROWS, M_SIGN_LATEST, M_FRAMES_ONLY, M_NO_RESTATE, M_NO_DAILY, W_30_DAYS,
  M_ONE_QUARANTINES, M_REVERT, M_STOPPED_COMPARED, M_CONF_FALLS, M_EFF_M, M_NO_MARK, M_DAY_ANY, W_SHRINK, M_NO_GEN, M_NO_PREV, M_NO_WRITE_OFF,
  M_NO_CARRY, M_SCALE_NOT_IN_FLIGHT, M_SCALE_ALL, M_SCALE_UNTOUCHED, M_SCALE_TWICE, M_PAY_SHORT, M_ROUTE_PAID, M_ROUTE_STOPPED, M_STOP_ROUTED, M_OLD_ANCHOR, M_STRICT, M_OWED_LEAVES, M_NO_OWED, M_SHARE_EARLY, M_NO_REPAY, M_CAP_STAYS, M_NO_SETTLE, M_VOID_PAID, M_KEEP_QUEUED, M_NO_CARRY_RELEASES, M_SETTLE_TWICE, M_NO_CATCH_UP, M_LATE_REPLAY, M_EXIT_ALIVE, M_PROOF_PASSED, M_NO_LOCK_BACK, M_HALT_REPLAY, M_HALT_K };
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

#ifdef GEN /* ---- finality breaks once; ledger and vault each open generation 1, at a point of their own choice ---- */
byte jid, n, h;                                            /* journal on the surviving fork: edge, count, head */
byte all, ah;                                              /* every lock on the surviving fork, generations put together */
byte rid, r, rh, tot;                                      /* replica: edge, count, head; entries credited */
byte on, oh, deep, closed, opened;                         /* old fork: its statements stay public, edge 0 */
#define ID(C) (X == M_NO_GEN -> 0 : (X == M_NO_PREV -> 1 : 1+(C)))        /* generation, and the head it starts from */
inline inv() {
  assert(deep || (r <= n && PRE(h,n,r) == rh));            /* prefix                                                (I2) */
  assert(!closed || (opened && rid == jid -> r <= n && PRE(h,n,r) == rh : r == 0));
  assert(tot <= all + on);                                 /* before closing: the orphans, at most                       */
  assert(!closed || tot <= all);                           /* after closing: backed                                 (I1) */
  assert(!(closed && opened && rid == jid && r == n) || tot == all)       /* and nobody's lock is lost              (I9) */
}
#define ADD(V) :: d_step { all < 3 && n < 3 -> h = h*3+V; n++; ah = ah*3+V; all++; inv() }
#define SHIP(C) :: d_step { r < C && C <= n && rid == jid && PRE(h,n,r) == rh -> tot = tot+C-r; r = C; rh = PRE(h,n,C); inv() } \
                :: d_step { deep && r < C && C <= on && rid == 0 && PRE(oh,on,r) == rh -> tot = tot+C-r; r = C; rh = PRE(oh,on,C); inv() }
#define BREAK(P) :: d_step { !deep && P < n -> deep = 1; on = n; oh = h; h = PRE(h,n,P); n = P; ah = h; all = P }
#define CLOSE(C) :: d_step { deep && !closed && C <= r && C <= all && PRE(rh,r,C) == PRE(ah,all,C) -> \
                    closed = 1; tot = (X == M_NO_WRITE_OFF -> tot : C); rid = ID(C); r = 0; rh = 0; inv() }
/* the vault appends the surviving locks past C again, as the first entries of the new generation */
#define OPEN(C) :: d_step { deep && !opened && C <= all -> opened = 1; jid = ID(C); \
                    n = (X == M_NO_CARRY -> 0 : all-C); h = (X == M_NO_CARRY -> 0 : ah - PRE(ah,all,C)*POW3(all-C)); inv() }
active proctype gen() { end: do ADD(1) ADD(2) SHIP(1) SHIP(2) SHIP(3) BREAK(0) BREAK(1) BREAK(2) CLOSE(0) CLOSE(1) CLOSE(2) CLOSE(3) OPEN(0) OPEN(1) OPEN(2) OPEN(3) od }
#endif

#ifdef OWED /* ---- the vault's chain loses final locks whose credit was spent: taken back, owed, repaid by what comes again, the rest shared out ---- */
byte n, h, on, oh, deep;                                   /* locks of the surviving fork, both generations; of the dead one, whose statements stay public */
byte r, rh, c0, closed, opened, must;                      /* ledger: locks applied of the edge before; the point; of the surviving fork; locks there at the opening */
byte b[2], o[2], q[2], s, s0, p;                           /* lines, owed, receivables of what was shared; releases, those of before the point, paid */
byte capped, kept;                                         /* more was owed than lines held: newcomers' credit is parked behind a cap of 0 */
byte u[2], g[2], shared, lost, i, d, sum, all;               /* ghosts: locks undone, come again; units shared out; units that a receivable took, which belong to nobody */
#define DIGIT(H,N,K) ((PRE(H,N,K) % 3) - 1)                /* whose lock stands at place K */
#define OWING (o[0] + o[1] > 0)
inline inv() {
  assert(deep || b[0] + b[1] + s == r);                    /* authority                                             (I3) */
  assert(p <= n);
  if :: closed && !OWING -> assert(b[0] + b[1] == 0 || b[0] + b[1] + s <= n)      /* what counts and what is still to be paid is backed (I1) */
     :: else fi;
  assert(!closed || s <= s0 || s <= n);                    /* who owes first leaves no more than was there                 */
  assert(o[0] == 0 || o[0] + g[0] <= u[0]); assert(o[1] == 0 || o[1] + g[1] <= u[1]);   /* what came again is owed no more  */
  assert(!(opened && r >= must) || shared + g[0] + g[1] <= u[0] + u[1]);          /* what came again was never shared out     */
  if :: closed && opened && r == n -> assert(b[0] + b[1] + s + lost + kept + 1 >= n) :: else fi            /* nobody loses but to a loss (I9) */
}
inline credit(A) {
  if :: closed && o[A] > 0 && X != M_NO_REPAY -> o[A]-- :: else ->
     if :: closed && q[A] > 0 -> q[A]--; lost++ :: else -> if :: capped && X != M_CAP_STAYS -> kept++ :: else -> b[A]++ fi fi fi
}
#define ADD(V) :: d_step { n < 3 -> h = h*3+V; n++; inv() }
#define SHIP :: d_step { !closed && r < n && PRE(h,n,r) == rh -> credit(DIGIT(h,n,r+1)); r++; rh = PRE(h,n,r); inv() } \
             :: d_step { !closed && deep && r < on && PRE(oh,on,r) == rh -> credit(DIGIT(oh,on,r+1)); r++; rh = PRE(oh,on,r); inv() } \
             :: d_step { closed && opened && r < n -> d = DIGIT(h,n,r+1); if :: r < must && g[d] < u[d] -> g[d]++ :: else fi; credit(d); r++; d = 0; inv() }
/* its payments are undone with the vault's blocks, from some point on; locks that are left bound what is paid there */
#define BREAK(P,Q) :: d_step { !deep && P < n && Q <= p && Q <= P -> deep = 1; on = n; oh = h; h = PRE(h,n,P); n = P; p = Q }
#define CLOSE(C) :: d_step { deep && !closed && C <= r && C <= n && PRE(rh,r,C) == PRE(h,n,C) -> c0 = C; s0 = s; i = r; \
    do :: i > C -> sum = DIGIT(rh,r,i); u[sum]++; if :: b[sum] > 0 -> b[sum]-- :: b[sum] == 0 && X != M_NO_OWED -> o[sum]++ :: else fi; i-- :: else -> break od; \
    closed = 1; r = C; i = 0; sum = 0; inv() }
active proctype owed() {
end: do
  ADD(1) ADD(2) SHIP BREAK(0,0) BREAK(1,0) BREAK(1,1) BREAK(2,0) BREAK(2,1) BREAK(2,2) CLOSE(0) CLOSE(1) CLOSE(2)
  :: d_step { closed && !opened -> opened = 1; must = n; inv() }                   /* the vault appends its surviving locks past the point again */
  :: d_step { b[0] > 0 && s < 3 && (!OWING || X == M_OWED_LEAVES) -> b[0]--; s++; inv() }
  :: d_step { b[1] > 0 && s < 3 && (!OWING || X == M_OWED_LEAVES) -> b[1]--; s++; inv() }
  :: d_step { b[0] > 0 && !OWING -> b[0]--; b[1]++; inv() }
  :: d_step { p < s && p < n -> p++; inv() }                                       /* no further than what is there */
  :: d_step { OWING && closed && (X == M_SHARE_EARLY || opened && r >= must) ->     /* three days after the next generation was heard of */
       sum = b[0] + b[1]; all = o[0] + o[1]; shared = shared + all;
       if :: sum <= all -> b[0] = 0; b[1] = 0; capped = (sum < all) :: else -> b[0] = (b[0] * (sum - all)) / sum; b[1] = (b[1] * (sum - all)) / sum fi;
       q[0] = q[0] + o[0]; q[1] = q[1] + o[1]; o[0] = 0; o[1] = 0; sum = 0; all = 0; inv() }
  od
}
#endif

#ifdef ANEW /* ---- the ledger's chain loses final releases, some of them paid; the vault undoes them, the ledger journals the surviving ones again ---- */
mtype = { UNMET, QUEUED, PAID, VOID };
byte n, h, on, oh, deep, b = 3;                            /* releases of the surviving fork, both generations; of the dead one; units in lines */
byte r, rh, c0, closed, opened, out;                       /* vault: releases replayed, the point; units that left */
mtype st[3] = UNMET;                                       /* payments by place; past the point those of the generation of now */
byte pp[3], settled[3], i, d, x;                           /* paid past the point, by what a release says; settled by that */
inline inv() {
  assert(deep || b + n == 3);
  x = (st[0] == PAID) + (st[1] == PAID) + (st[2] == PAID);
  if :: closed -> assert(out == x + pp[1] + pp[2])         /* every unit that left was a payment, or is missing     (I1, I4) */
     :: else assert(out == x) fi;
  if :: closed && opened && r == n -> i = c0; d = 0;       /* nothing is told as missing that a release of now accounts for (I4) */
        do :: i < n -> i++; if :: pp[PRE(h,n,i) % 3] > 0 && st[i-1] == PAID && !BIT(settled[0],i-1) -> d = 1 :: st[i-1] == QUEUED && pp[PRE(h,n,i) % 3] > 0 -> d = 1 :: else fi :: else -> break od;
        assert(!d); assert(x + (st[0] == QUEUED) + (st[1] == QUEUED) + (st[2] == QUEUED) == n)          /* and none is forgotten (I9) */
     :: else fi;
  i = 0; d = 0; x = 0
}
#define REQ(V) :: d_step { b > 0 && n < 3 -> h = h*3+V; n++; b--; inv() }
#define TAKE(J,N) st[r] = QUEUED; r++; rh = PRE(J,N,r)
#define SHIP :: d_step { !closed && r < n && PRE(h,n,r) == rh -> TAKE(h,n); inv() } \
             :: d_step { !closed && deep && r < on && PRE(oh,on,r) == rh -> TAKE(oh,on); inv() } \
             :: d_step { closed && opened && r < n -> d = PRE(h,n,r+1) % 3; \
                  if :: pp[d] > 0 && X != M_NO_SETTLE -> pp[d] = (X == M_SETTLE_TWICE -> pp[d] : pp[d] - 1); st[r] = PAID; settled[0] = settled[0] | (1 << r) :: else st[r] = QUEUED fi; r++; d = 0; inv() }
#define BREAK(P) :: d_step { !deep && P < n -> deep = 1; on = n; oh = h; b = b + n - P; h = PRE(h,n,P); n = P }
#define CLOSE(C) :: d_step { deep && !closed && C <= r && C <= n && PRE(rh,r,C) == PRE(h,n,C) -> i = r; \
    do :: i > C -> d = PRE(rh,r,i) % 3; \
       if :: st[i-1] == PAID -> pp[d] = (X == M_VOID_PAID -> pp[d] : pp[d] + 1) :: else fi; \
       st[i-1] = (X == M_KEEP_QUEUED && st[i-1] == QUEUED -> QUEUED : VOID); i-- :: else -> break od; \
    c0 = C; closed = 1; r = C; i = 0; d = 0; inv() }
active proctype anew() {
end: do
  REQ(1) REQ(2) SHIP BREAK(0) BREAK(1) BREAK(2) CLOSE(0) CLOSE(1) CLOSE(2)
  :: d_step { closed && !opened -> opened = 1; if :: X == M_NO_CARRY_RELEASES -> r = n :: else fi; inv() }
  :: d_step { st[0] == QUEUED && out < 3 -> st[0] = PAID; out++; inv() }
  :: d_step { st[1] == QUEUED && out < 3 -> st[1] = PAID; out++; inv() }
  :: d_step { st[2] == QUEUED && out < 3 -> st[2] = PAID; out++; inv() }
  od
}
#endif

#ifdef EXIT /* ---- 2 accounts, 3 units, 3 releases; F: newest frame of the ledger; A: the vault's anchor; P: the anchor that was proven; late: locks the anchored ledger had not applied ---- */
typedef S { byte n, a; byte b[2]; byte d[2] }              /* releases, locks applied, lines, debts */
S s, F, A, P;
byte l, c, paid, pr, ex, cl, out, dead, x, owed;               /* vault: locks, replica count, paid releases, exit, claims, units out */
#define CPY(p,q) p.n = q.n; p.a = q.a; p.b[0] = q.b[0]; p.b[1] = q.b[1]; p.d[0] = q.d[0]; p.d[1] = q.d[1]
#define TIP (X == M_OLD_ANCHOR || X == M_STRICT)           /* the anchor moves only with count = tip, and nothing is replayed at opening */
#define CLAIMOK (X != M_STRICT || c == A.n)                /* M_STRICT: claims only where the anchor's count is the replica's count */
#define LATE (BIT(cl,2) || X == M_NO_LOCK_BACK -> 0 : l - A.a)
inline inv() {
  assert(out <= l);
  if :: ex -> owed = 0; x = 0; do :: x < c -> owed = owed + 1 - BIT(paid,x); x++ :: else -> break od;
       RULE(!CLAIMOK || out + owed + (1-BIT(cl,0))*A.b[0] + (1-BIT(cl,1))*A.b[1] + LATE == l);     /* nothing twice, nothing stuck (I1, I4, I9) */
       RULE(CLAIMOK); assert(dead || !(BIT(cl,0) && s.d[0] || BIT(cl,1) && s.d[1])); x = 0; owed = 0
  :: else fi
}
#define REQ(P) :: d_step { !dead && s.n < 3 && s.b[P] > s.d[P] -> s.b[P]--; s.n++ }
#define MOVE(P,Q) :: d_step { !dead && s.b[P] > s.d[P] -> s.b[P]--; s.b[Q]++ }
#define BORROW(P) :: d_step { !dead && s.b[P] > s.d[P] -> s.d[P]++ } :: d_step { !dead && s.d[P] > 0 -> s.d[P]-- }
#define ACCEPT(C) :: d_step { (!ex || X == M_LATE_REPLAY) && c <= C && C <= F.n -> c = C; if :: C == F.n || !TIP -> CPY(A,F) :: else fi; inv() }
#define PAY(I) :: d_step { I < c && !BIT(paid,I) && out < l -> paid = paid | (1 << I); out++; inv() }
#define CLAIM(P) :: d_step { ex && CLAIMOK && !BIT(cl,P) && A.d[P] == 0 && A.b[P] > 0 -> out = out + A.b[P]; cl = cl | (1 << P); inv() }
active proctype vault() {
end: do
  :: d_step { l < 3 && !ex -> l++ }
  :: d_step { !dead && s.a < l -> s.b[s.a % 2]++; s.a++ }
  REQ(0) REQ(1) MOVE(0,1) MOVE(1,0) BORROW(0) BORROW(1)
  :: d_step { !dead -> CPY(F,s) }
  :: dead = 1
  ACCEPT(0) ACCEPT(1) ACCEPT(2) ACCEPT(3) PAY(0) PAY(1) PAY(2)
  :: d_step { !ex && (dead || X == M_EXIT_ALIVE) -> CPY(P,A); pr = 1 }     /* 7 days' notice: a living ledger is heard and stops it. Proven anew at will */
  :: d_step { !ex && pr && (c <= P.n || TIP || X == M_PROOF_PASSED) ->     /* until here statements are accepted; the rest is replayed by the proof */
       CPY(A,P); ex = 1; c = (TIP || X == M_NO_CATCH_UP || c > A.n -> c : A.n); inv() }
  CLAIM(0) CLAIM(1)
  :: d_step { ex && CLAIMOK && LATE > 0 -> out = out + LATE; cl = cl | 4; inv() }
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

#ifdef SCALE /* ---- one asset, locks of 2 units, two accounts; half of what the vault holds is lost once; releases are in flight ---- */
#define LOCKS 3
#define RELS 3
byte held, acc, isShort, lost;                               /* vault: tokens, accounted units, deficit reported, lost once */
byte l, j;                                                 /* locks made; journal: locks before the SHORTFALL */
bool sf; byte r; bool rs;                                  /* SHORTFALL journaled; ledger: locks applied, SHORTFALL applied */
byte b[2], see[2];                                         /* lines, and the scalings that each has had */
byte amt[RELS], n, at;                                     /* ledger's journal: releases, and how many stood before SCALED */
bool vs; byte v, paid;                                     /* vault: SCALED replayed; releases replayed; paid, a bit each */
byte x, u, sum;
#define SC(i) (((i) < at && rs && X != M_SCALE_NOT_IN_FLIGHT) || X == M_SCALE_ALL)  /* this release is paid by half */
#define WORTH(i) (vs && SC(i) -> amt[i] / 2 : amt[i])
#define LINE(a) (rs && see[a] == 0 && X != M_SCALE_UNTOUCHED -> b[a] / 2 : b[a])    /* a line as it is read */
#define TOUCH(a) b[a] = LINE(a); see[a] = (X == M_SCALE_TWICE -> 0 : rs)            /* a line as it is written */
inline inv() {
  if :: vs -> sum = LINE(0) + LINE(1) + 2 * (l - r); x = 0;
       do :: x < n -> sum = sum + (BIT(paid,x) -> 0 : WORTH(x)); x++ :: else -> break od;
       assert(sum == held); assert(acc == held)            /* all that is claimed is there, and nothing is left over   (I1) */
  :: else -> assert(acc == held + lost)
  fi;
  x = 0; sum = 0
}
#define APPLYLOCK(A) :: d_step { r < l && (!sf || r < j || rs) -> TOUCH(A); b[A] = b[A] + 2; r++; inv() }
#define REQ(A) :: d_step { n < RELS && LINE(A) > 0 -> TOUCH(A); amt[n] = b[A]; b[A] = 0; n++; inv() }
#define PAY(I) :: d_step { I < v && !BIT(paid,I) && (!isShort || X == M_PAY_SHORT) && held >= WORTH(I) -> held = held - WORTH(I); acc = acc - WORTH(I); paid = paid | (1 << I); inv() }
active proctype scale() {
end: do
  :: d_step { l < LOCKS && !isShort -> l++; held = held + 2; acc = acc + 2; inv() }
  :: d_step { !sf && held > 1 && held % 2 == 0 -> lost = held / 2; held = held - lost; isShort = 1; sf = 1; j = l; inv() }     /* loss and report in one */
  APPLYLOCK(0) APPLYLOCK(1)
  :: d_step { sf && !rs && r == j -> rs = 1; at = n; inv() }                        /* SHORTFALL replayed: SCALED is appended behind n releases */
  REQ(0) REQ(1)
  :: d_step { v < n && (!rs || vs || v < at) -> v++; inv() }                        /* the vault replays in order */
  :: d_step { rs && !vs && v == at -> vs = 1; isShort = 0; acc = acc - lost; lost = 0; inv() }
  PAY(0) PAY(1) PAY(2)
  od
}
#endif

#ifdef REROUTE /* ---- one payment; its recipient cannot be paid, its owner names another, a guardian may stop it; reorgs of the ledger end before finality ---- */
mtype = { QUEUED, CLAIMABLE, PAID, STOPPED };
mtype st = QUEUED;
bool blocked, asked, arrived, refunded; byte out, who;     /* who: 0 the first recipient, 1 the second */
#define ABLE (who == 1 || !blocked)
active proctype reroute() {
end: do
  :: blocked = 1 - blocked                                 /* the token blocks the first recipient, or no longer */
  :: d_step { st == QUEUED && ABLE -> st = PAID; out++ }
  :: d_step { st == QUEUED && !ABLE -> st = CLAIMABLE }
  :: d_step { st == CLAIMABLE && ABLE -> st = PAID; out++ }
  :: d_step { st == QUEUED || (X == M_STOP_ROUTED && st == CLAIMABLE && arrived) -> st = (X == M_STOP_ROUTED && arrived -> CLAIMABLE : STOPPED); refunded = 1 }
  :: d_step { !asked -> asked = 1 }                        /* by the owner, whose ledger cannot see what the vault does meanwhile */
  :: d_step { asked && !arrived -> arrived = 1;
       if :: st == CLAIMABLE -> who = 1
          :: st == PAID && X == M_ROUTE_PAID -> st = CLAIMABLE; who = 1
          :: st == STOPPED && X == M_ROUTE_STOPPED -> st = CLAIMABLE; who = 1
          :: else fi }
  :: d_step { true -> assert(out <= 1); assert(!(out == 1 && refunded)) }             /* nothing twice, nothing both paid and refunded (I4) */
  od
}
#endif
