// What every view receives: the model, and indexes that are created at their first use.
import { accountOf, Index } from "./access";
import { type Data, type FindingRow, Model, subjectText } from "./data";
import { knownAccounts } from "./expand";
import { Paths } from "./paths";

export type Params = ReadonlyMap<string, string>;
export interface View { title: string; draw: (app: App, params: Params, into: HTMLElement) => void }

export class App {
  readonly model: Model;
  private madeIndex: Index | undefined;
  private madePaths: Paths | undefined;
  private madeFindings: Map<string, FindingRow[]> | undefined;
  private madeSubjects: string[] | undefined;
  private madeAccounts: Set<string> | undefined;

  constructor(readonly data: Data) {
    this.model = new Model(data);
  }

  get index(): Index {
    return (this.madeIndex ??= new Index(this.model));
  }

  get paths(): Paths {
    return (this.madePaths ??= new Paths(this.data));
  }

  /** The service accounts that exist, so far as the sources tell. */
  get accounts(): Set<string> {
    return (this.madeAccounts ??= knownAccounts(this));
  }

  /** The findings about the subject of a text. */
  findingsOf(subject: string): FindingRow[] {
    if (!this.madeFindings) {
      const bySubject = new Map<string, FindingRow[]>();
      for (const row of this.data.findings) {
        if (!row[2]) continue;
        const who = this.text(row[4]);
        const rows = bySubject.get(who);
        if (rows) rows.push(row);
        else bySubject.set(who, [row]);
      }
      this.madeFindings = bySubject;
    }
    return this.madeFindings.get(subject) ?? [];
  }

  text(number: number): string {
    return this.data.texts[number] ?? "";
  }

  /** Every user, group and service account that a binding names or that was read, each once. */
  get subjects(): string[] {
    if (!this.madeSubjects) {
      const texts = new Set<string>();
      for (const binding of this.model.bindings) {
        for (const id of binding.subjects) {
          const subject = this.model.subject(id);
          const account = subject.kind === "User" ? accountOf(subject.name) : undefined;
          if (account) texts.add(subjectText("ServiceAccount", ...account));
          else if (subject.kind === "ServiceAccount") texts.add(subjectText(subject.kind, subject.namespace || binding.namespace, subject.name));
          else texts.add(subject.text);
        }
      }
      for (const [namespace, account] of this.data.accounts) texts.add(subjectText("ServiceAccount", this.data.namespaces[namespace] ?? "", account));
      this.madeSubjects = [...texts].sort();
    }
    return this.madeSubjects;
  }
}
