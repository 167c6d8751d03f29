import type { AttestersAnswer, ContradictionView, ContradictionsAnswer, EdgeAttestersView } from '@surety/api';
import type { Address } from '@surety/domain';
import type { Store } from '@surety/store';
import {
  type AttesterEpoch,
  type Clock,
  type ContradictionFact,
  type EdgeBook,
  Intake,
  attesterEpochAt,
  isLocalEdge,
} from '@surety/workflows';
import { Inject, Injectable } from '@nestjs/common';
import { PosterProcesses } from '../intake/poster-processes.js';
import type { ListedChains } from '../status/chain-views.js';
import { TOKENS } from '../tokens.js';

type MemberView = EdgeAttestersView['members'][number];

/** Two heartbeats of ten minutes: whoever is not heard of a younger block has missed one. */
const UP_TO_DATE_S = 1_200;

/** Shows who signs for each edge, and how far each has come. */
@Injectable()
export class AttesterViews {
  constructor(
    @Inject(Intake) private readonly intake: Intake,
    @Inject(TOKENS.listedChains) private readonly listed: ListedChains,
    @Inject(TOKENS.clock) private readonly clock: Clock,
    @Inject(PosterProcesses) private readonly processes: PosterProcesses,
    @Inject(TOKENS.store) private readonly store: Pick<Store, 'views'>,
  ) {}

  /** Returns every edge with the members of its epoch now, and former ones that it has heard. */
  attesters(): AttestersAnswer {
    const nowS = BigInt(Math.floor(this.clock.nowMs() / 1_000));
    return { nowS, edges: this.intake.books.map((book) => this.#edge(book, nowS)) };
  }

  /** Returns the pairs of statements by which members contradicted themselves. */
  async contradictions(): Promise<ContradictionsAnswer> {
    const found = await this.store.views.listContradictions();
    const contradictions = found.map(({ first, second }): ContradictionView => {
      const { edge, count, head } = second.statement;
      const isTwoHeads = first.statement.count === count && first.statement.head !== head;
      const kind = isTwoHeads ? 'two-heads' : 'hidden-tip';
      return { edge, signer: second.signer, count, kind, first: keptOf(first), second: keptOf(second) };
    });
    return { contradictions };
  }

  #edge(book: EdgeBook, nowS: bigint): EdgeAttestersView {
    const { edgeId, edge, direction, source, domain } = book.known;
    const local = isLocalEdge(book.known);
    // Members of the ledger's verifier sign for its other sources only.
    const epoch = local ? undefined : attesterEpochAt(this.intake.epochsOf(domain), nowS);
    const members = this.#members(book, epoch, nowS);
    const upToDate = members.filter((one) => one.upToDate).length;
    return {
      edge: edgeId,
      direction,
      source,
      originChainId: Number(edge.originChainId),
      destinationChainId: Number(edge.destinationChainId),
      local,
      epoch: epoch?.epoch ?? null,
      needed: epoch?.quorum ?? null,
      members,
      upToDate,
      live: local || (epoch !== undefined && upToDate >= epoch.quorum),
    };
  }

  #members(book: EdgeBook, epoch: AttesterEpoch | undefined, nowS: bigint): MemberView[] {
    const marks = new Map(book.attesters.map((mark) => [mark.address, mark]));
    const current = new Set<Address>(epoch?.members);
    return [...new Set([...current, ...marks.keys()])].map((address): MemberView => {
      const { count = 0n, asOf = 0n } = marks.get(address) ?? {};
      const ageS = asOf === 0n ? null : Number(nowS > asOf ? nowS - asOf : 0n);
      const behind = book.attestedCount > count ? book.attestedCount - count : 0n;
      const member = current.has(address);
      const upToDate = member && behind === 0n && ageS !== null && ageS <= UP_TO_DATE_S;
      const operator = this.#operatorOf(address);
      const twice = this.processes.isTwice(address);
      return { address, operator, url: null, member, count, asOf, ageS, behind, upToDate, twice };
    });
  }

  #operatorOf(member: Address): string | null {
    const operators = this.listed.network.attesters?.operators ?? [];
    return operators.find((one) => one.member.toLowerCase() === member)?.operator ?? null;
  }
}

/** Leaves the signer out: both are by one. */
function keptOf({ statement, signature }: ContradictionFact['first']): ContradictionView['first'] {
  return { statement, signature };
}
