//! The row types: each is the schema of one file.
//!
//! The order of the columns is a promise; new ones are added at the end.

use jiff::civil::Date;

use super::measures::{MeasureValues, OfArticle, OfClaim};
use super::schema::{Row, Table, row};
use super::status::{EdgeStatus, EmphasisStatus, StoryStatus};
use crate::facts::{Check, Coverage};
use crate::framing::contrasts::Status;
use crate::text::{SpeakerKind, Voice};

/// The tables in the order in which they are explained.
pub fn tables() -> [Table; 17] {
    [
        StoryRow::table(),
        FactRow::table(),
        ClaimRow::table(),
        CoverageRow::table(),
        ContrastRow::table(),
        SourceRow::table(),
        SourcePairRow::table(),
        TargetRow::table(),
        TermRow::table(),
        LabelRow::table(),
        EmphasisRow::table(),
        VoiceRow::table(),
        LexiconRow::table(),
        ArticleRow::table(),
        EdgeRow::table(),
        EvidenceRow::table(),
        RejectedRow::table(),
    ]
}

row! {
    /// A story: two or more articles about one event. Largest stories first, then by date.
    StoryRow in "stories.csv" by [story_id] {
        /// Name of the story in all files, made from its earliest article: it stays while the story grows.
        story_id: String as Id;
        /// Title of the most central article. A label to recognise the story by, not a summary; it is one outlet's wording.
        label: String as Text;
        /// Day of the earliest dated article; empty when none is dated.
        first_date: Option<Date> as Date;
        /// Day of the latest dated article; empty when none is dated.
        last_date: Option<Date> as Date;
        /// Articles in the story, reprints of one wire text included.
        n_articles: usize as Integer("articles");
        /// Sources with at least one article in the story.
        n_sources: usize as Integer("sources");
        /// Names of these sources, joined by `; `.
        sources: Vec<String> as Text;
        /// Facts: groups of claims that say the same, from at least two articles.
        n_facts: usize as Integer("facts");
        /// Facts that at least two sources state. Only these carry contrasts; below 6 expect `insufficient` everywhere.
        n_shared_facts: usize as Integer("facts");
        /// How tightly the story holds together: mean story score of its article pairs (of evenly spread ones, above 500 articles). Higher is tighter; near 0.5 look whether two events were merged.
        cohesion: Option<f64> as Number("score 0 to 1");
        /// How far the sources differ in loaded wording of the same facts, after subtracting what chance alone would give. 0: no more than chance; 1: a typical difference of one reference standard deviation. Empty where the facts are too few.
        divergence_loaded: Option<f64> as Number("reference sd");
        /// How far the sources differ in stating the same facts in their own voice or attributing them, after subtracting chance. 0: no more than chance; higher: more. Empty where the facts are too few.
        divergence_voice: Option<f64> as Number("reference sd");
        /// `ok`; `one source`: nothing to compare; `few facts`: too few shared facts for any contrast.
        status: StoryStatus as Text;
        /// Name of the story in the file given with `--stories`; empty when the story was found.
        given_story: String as Id;
    }
}

row! {
    /// An accepted article, also one that belongs to no story.
    ArticleRow in "articles.csv" by [article_id] {
        /// The id of your input, verbatim (but for a guarding `'`); without one, made from the content. A spreadsheet may show ids such as 007 or 1E5 as numbers: import the column as text to join on it.
        article_id: String as Id;
        /// The outlet as your input names it, or the domain of the address.
        source: String as Id;
        /// Day of publication; empty when unknown. Undated articles join stories by content alone.
        date: Option<Date> as Date;
        /// Title; empty when there is none.
        title: String as Text;
        /// Address of the article; empty when unknown.
        url: String as Text;
        /// Language found in the text, as a two-letter ISO 639-1 code; empty when too short to tell. The measures are made for `en`.
        language: String as Text;
        /// Story to which the article belongs; empty: it stands alone.
        story_id: String as Id;
        /// Mean score of the article with the others of its story. Higher: more certainly the same event. Empty when alone.
        story_score: Option<f64> as Number("score 0 to 1");
        /// Articles with the same value share most of their text (a wire copy or reprint) and count once in every statistic. Empty: no copy found.
        wire_group: String as Id;
        /// Claims found in the article.
        n_claims: usize as Integer("claims");
        /// Claims that belong to a fact which another source states as well. Few do not mean an odd article: rewording hides shared facts.
        n_shared_claims: usize as Integer("claims");
        /// Words of the body.
        words: usize as Integer("words");
        /// Score by the measure of this name. The measure itself describes the column (`framing::MEASURES`).
        loaded: Option<f64> as Number("reference sd");
        /// Score by the measure of this name. The measure itself describes the column (`framing::MEASURES`).
        loaded_adj: Option<f64> as Number("reference sd");
        /// Score by the measure of this name. The measure itself describes the column (`framing::MEASURES`).
        loaded_quoted: Option<f64> as Number("reference sd");
        /// Score by the measure of this name. The measure itself describes the column (`framing::MEASURES`).
        own_voice: Option<f64> as Number("share 0 to 1");
        /// Score by the measure of this name. The measure itself describes the column (`framing::MEASURES`).
        negativity: Option<f64> as Number("score 0 to 1");
        /// Score by the measure of this name. The measure itself describes the column (`framing::MEASURES`).
        certainty: Option<f64> as Number("per 100 words");
        /// How crowded the article's topic is: mean cover by its neighbours at ranks 5 to 20, ranks that nobody takes counted as 0. Higher: more like events around it, so two articles need more in common to be one story. Read by `parallax why`.
        crowd_density: Option<f64> as Number("share 0 to 1");
        /// Share of these ranks that nobody takes, because the input is small. Their density is assumed (run.json: density_prior).
        crowd_unknown: Option<f64> as Number("share 0 to 1");
        /// Highest TF-IDF cosine with any other article, copies of it and dates more than 30 days away aside. 0: it has no word in common with any.
        best_tf: Option<f64> as Number("cosine 0 to 1");
        /// First and second person (I, we, you and their forms) in the outlet's own words; quotations are left out here and below. Of an article in no story, the first 20 claims count.
        persons: Option<f64> as Number("per 100 words");
        /// Words that raise certainty (`certainly`, `always`). These columns describe how an article talks; alone they do not tell biased sentences from others.
        boosters: Option<f64> as Number("per 100 words");
        /// Words that lower certainty (`perhaps`, `roughly`).
        hedges: Option<f64> as Number("per 100 words");
        /// Verbs that contest what they report (`allege`, `dispute`).
        doubt_verbs: Option<f64> as Number("per 100 words");
        /// Modal verbs (`may`, `must`).
        modals: Option<f64> as Number("per 100 words");
        /// Scare quotes: quotation marks around a word or two that nobody is said to have spoken.
        scare_quotes: Option<f64> as Number("per 100 words");
        /// Passives that name who acted (`was hit by a car`). Found by rule; `was concerned` counts as well.
        passives_agent: Option<f64> as Number("per 100 words");
        /// Passives that do not.
        passives_no_agent: Option<f64> as Number("per 100 words");
        /// Numbers, amounts and dates, different ones of each claim; quoted ones count.
        numbers: Option<f64> as Number("per 100 words");
        /// Share of the words of the body that stand within quotation marks, scare quotes and titles included.
        quote_share: Option<f64> as Number("share 0 to 1");
        /// Of the claims whose speaker is known (claims.csv: speaker_kind), the share that persons without a name make: officials, critics, a spokesman. Of all claims, in a story or not. Empty: no speaker is known.
        anonymous_share: Option<f64> as Number("share 0 to 1");
        ..measures: MeasureValues<OfArticle>;
    }
}

row! {
    /// Two articles and why they are, or could have been, in one story: all pairs inside the stories (of stories with more than 500 articles, the nearest), then the pairs that score high and are apart all the same. Stories in the order of stories.csv, highest scores first. `parallax why` explains a pair in words.
    EdgeRow in "edges.csv" by [article_a, article_b] {
        /// The story that both are in; empty: they are in none together.
        story_id: String as Id;
        /// The article whose id sorts first.
        article_a: String as Id;
        /// The other article.
        article_b: String as Id;
        /// Story score of the pair, made of the columns to come and of how crowded it is around both (articles.csv). Stories merge while the mean score of their pairs, and half of the pairs, reach the threshold (run.json: story_threshold).
        score: Option<f64> as Number("score 0 to 1");
        /// TF-IDF cosine of all words.
        tf: Option<f64> as Number("cosine 0 to 1");
        /// TF-IDF cosine of the words of names in the first 20 claims.
        names: Option<f64> as Number("cosine 0 to 1");
        /// TF-IDF cosine of the numbers and dates in the first 20 claims.
        numbers: Option<f64> as Number("cosine 0 to 1");
        /// Cosine of the vectors of title and first sentences, the mean of usual news subtracted.
        lead: Option<f64> as Number("cosine -1 to 1");
        /// TF-IDF cosine of title and first sentences.
        lead_tf: Option<f64> as Number("cosine 0 to 1");
        /// How well the claims of one article cover those of the other: the worse direction.
        cover_min: Option<f64> as Number("share 0 to 1");
        /// The better direction: near 1 with a low `cover_min`, one article holds the other's story and more.
        cover_max: Option<f64> as Number("share 0 to 1");
        /// Days between the two; empty unless both are dated.
        days: Option<usize> as Integer("days");
        /// Pairs of claims, among the first 20 of each, that match each other best and reach the score of aligned claims.
        n_aligned: usize as Integer("claims");
        /// `joined`: in one story; `apart`: the score reaches the threshold, and they are not in one story, since the articles around them were too far apart.
        status: EdgeStatus as Text;
        /// Weekdays that title and first five claims name: `1`: a common one; `-1`: different ones; `0`: one of the two names none.
        weekdays: Option<f64> as Number("sign -1 to 1");
    }
}

row! {
    /// A fact of a story: claims of different articles that say the same. Facts of most sources first.
    FactRow in "facts.csv" by [fact_id] {
        /// Name of the fact in all files.
        fact_id: String as Id;
        /// The story.
        story_id: String as Id;
        /// The claim nearest to all others of the fact, verbatim: one source's wording, not a neutral one, and not checked to be true.
        statement: String as Text;
        /// Whose wording that is.
        statement_source: String as Id;
        /// Sources that state the fact.
        n_sources: usize as Integer("sources");
        /// Articles that state the fact.
        n_articles: usize as Integer("articles");
        /// Sources that state the fact, in own voice or attributed, joined by `; `.
        sources_stating: Vec<String> as Text;
        /// Sources of the story in which no claim comes near the fact. Not found is not absent: a strongly reworded fact is missed too (run.json: alignment_recall).
        sources_not_found: Vec<String> as Text;
        /// Sources of the story with a claim that is near, but not near enough to tell.
        sources_unclear: Vec<String> as Text;
        /// Mean pair score of the fact's claims. Higher: more alike. A score, not the probability that they say the same.
        score: Option<f64> as Number("score 0 to 1");
        /// What to look at before citing the fact: `number`: the claims give different numbers; `negation`: one denies what another states without a negation. Several are joined by `; `. A flag, never a verdict (three of four negation flags are harmless). Empty: nothing noticed.
        check: Vec<Check> as Text;
        /// The values behind `check`, with their sources.
        check_values: String as Text;
        /// Highest less lowest source mean of `loaded_adj`: where the wording of this fact differs most. Not a test: with many sources it is large by chance. Empty below two sources.
        spread_loaded: Option<f64> as Number("reference sd");
    }
}

row! {
    /// A claim (sentence or clause) of an article in a story.
    ClaimRow in "claims.csv" by [claim_id] {
        /// Name of the claim in all files, made from article and span.
        claim_id: String as Id;
        /// Fact to which the claim belongs; empty: only this article says so, as far as was found.
        fact_id: String as Id;
        /// The story.
        story_id: String as Id;
        /// The article.
        article_id: String as Id;
        /// The outlet.
        source: String as Id;
        /// First byte of the claim in the article's body in texts.jsonl (UTF-8, from 0).
        start: usize as Integer("byte");
        /// One past the last byte.
        end: usize as Integer("byte");
        /// The claim, verbatim (but for line breaks, and a guarding `'`).
        text: String as Text;
        /// Who says it: `own`: the outlet itself; `quoted`: a direct quotation; `reported`: indirect speech ("officials said that").
        voice: Option<Voice> as Text;
        /// Words that name the speaker; empty in own voice or where no speaker was found.
        speaker: String as Text;
        /// Words that attribute ("said", "according to"); empty in own voice.
        cue: String as Text;
        /// Mean pair score with the other claims of its fact. Higher: more alike. Not a probability that they say the same. Empty without a fact.
        match_score: Option<f64> as Number("score 0 to 1");
        /// Rank of the claim in its article; 1 is the first. Earlier is more prominent.
        position: usize as Integer("rank");
        /// Score by the measure of this name. The measure itself describes the column (`framing::MEASURES`).
        loaded: Option<f64> as Number("reference sd");
        /// Score by the measure of this name. The measure itself describes the column (`framing::MEASURES`).
        loaded_adj: Option<f64> as Number("reference sd");
        /// Score by the measure of this name. The measure itself describes the column (`framing::MEASURES`).
        loaded_quoted: Option<f64> as Number("reference sd");
        /// Score by the measure of this name. The measure itself describes the column (`framing::MEASURES`).
        negativity: Option<f64> as Number("score 0 to 1");
        /// Score by the measure of this name. The measure itself describes the column (`framing::MEASURES`).
        certainty: Option<f64> as Number("per 100 words");
        /// The speaker as voices.csv names it: full name for a surname, a person's name for "he", "she" or "the senator" where one can be told. Empty in own voice, and where nobody can be told ("they", "I", a quotation without a speaker).
        speaker_name: String as Text;
        /// What the speaker is, as in voices.csv.
        speaker_kind: Option<SpeakerKind> as Text;
        ..measures: MeasureValues<OfClaim>;
    }
}

row! {
    /// A shared fact and a source of its story: does the source state it?
    CoverageRow in "coverage.csv" by [fact_id, source] {
        /// The story.
        story_id: String as Id;
        /// The fact, stated by at least two sources.
        fact_id: String as Id;
        /// A source of the story.
        source: String as Id;
        /// `own`: stated in own voice; `attributed`: quoted or reported only; `not_found`: no claim comes near (this is not "absent": a strongly reworded fact is missed too); `unclear`: a claim is near, but not near enough.
        status: Coverage as Text;
        /// The source's claim of the fact, its best one; for `unclear` and `not_found`, the nearest; empty: the source has no claim to compare.
        claim_id: String as Id;
        /// Pair score of that claim with the fact's claims. Higher: more alike. Below 0.50 over all claims is `not_found`.
        best_score: Option<f64> as Number("score 0 to 1");
        /// Where the source brings the fact: the position of its first claim of it, 1 = the article's first; empty when it has none.
        rank: Option<usize> as Integer("claim");
        /// Words of its claims of the fact, of all words of its claims in the story; empty when it has none.
        word_share: Option<f64> as Number("share 0 to 1");
    }
}

row! {
    /// A source's wording of the facts of one story, compared with the other sources' wording of the same facts. Testable rows first, then the clearest differences.
    ContrastRow in "contrasts.csv" by [story_id, source, measure] {
        /// The story.
        story_id: String as Id;
        /// The source.
        source: String as Id;
        /// What is compared: `loaded_adj`, `loaded_quoted`, `own_voice`, and `tone:<target>`: the tone toward a target (targets.csv), over the facts of which this source and another one name it; `lexicon:<name>`: a word list of yours (lexicons.csv).
        measure: String as Text;
        /// Facts that enter: stated by this source and another one, with values that are not all the same.
        n_facts: usize as Integer("facts");
        /// The source's mean over these facts.
        value: Option<f64> as Number("unit of the measure");
        /// Mean of the other sources over the same facts; a wire text counts once. With `--baseline`: of its sources that state the fact, other than this one.
        others: Option<f64> as Number("unit of the measure");
        /// Mean over the facts of (this source less the mean of the others, or of the baseline). Positive: more of the measure (more loaded, more in own voice). Biased toward 0, since the most reworded facts are not found.
        difference: Option<f64> as Number("unit of the measure");
        /// Lower end of the 95 % interval of `difference`; empty when `insufficient`.
        ci_low: Option<f64> as Number("unit of the measure");
        /// Upper end of the 95 % interval of `difference`; empty when `insufficient`.
        ci_high: Option<f64> as Number("unit of the measure");
        /// How often source labels drawn anew within each fact (among the sources compared) give a difference at least as large. Speaks of these articles, never of the outlet. Empty when `insufficient`.
        p_value: Option<f64> as Probability("0 to 1");
        /// The p value after Benjamini and Hochberg over all rows of the measure (all targets together): of the rows with q below .05, about one in twenty is chance. Judge by this one, not by p.
        q_value: Option<f64> as Probability("0 to 1");
        /// The smallest true difference that this many facts would have shown with power .8. A row that is not significant rules out only differences well above it. Of a word list (`lexicon:<name>`) in weight per 100 words, for there is no reference.
        mde: Option<f64> as Number("reference sd");
        /// `ok`: tested; `insufficient`: fewer than 6 facts whose values differ, no p is given and nothing may be concluded.
        status: Status as Text;
    }
}

row! {
    /// A source and a measure over all stories: the row that speaks of an outlet.
    SourceRow in "sources.csv" by [source, measure] {
        /// The source.
        source: String as Id;
        /// What is compared.
        measure: String as Text;
        /// Stories in which the source shares facts with others. Each counts the same, so the mix of topics cannot leak in.
        n_stories: usize as Integer("stories");
        /// Shared facts in these stories.
        n_facts: usize as Integer("facts");
        /// Mean over the stories of the source's difference from the others, or from the baseline, on the same facts. Positive: more of the measure. Depends on which other sources are in the input, or in the baseline.
        difference: Option<f64> as Number("unit of the measure");
        /// Lower end of the 95 % interval of `difference`; empty when `insufficient`.
        ci_low: Option<f64> as Number("unit of the measure");
        /// Upper end of the 95 % interval of `difference`; empty when `insufficient`.
        ci_high: Option<f64> as Number("unit of the measure");
        /// Chance of a mean at least as large if the signs of the stories' differences were drawn anew, or the differences of a story dealt anew among its sources, whichever is larger. Empty when `insufficient`.
        p_value: Option<f64> as Probability("0 to 1");
        /// The p value after Benjamini and Hochberg over all rows of the measure. Judge by this one.
        q_value: Option<f64> as Probability("0 to 1");
        /// The smallest true difference that this many stories would have shown with power .8. Of a word list (`lexicon:<name>`) in weight per 100 words, for there is no reference.
        mde: Option<f64> as Number("reference sd");
        /// `ok`: tested; `insufficient`: fewer than 6 stories, no p is given and nothing may be concluded.
        status: Status as Text;
    }
}

row! {
    /// Two sources and a measure, on the facts that both state, over all stories.
    SourcePairRow in "source_pairs.csv" by [source_a, source_b, measure] {
        /// The source whose name sorts first.
        source_a: String as Id;
        /// The other source.
        source_b: String as Id;
        /// What is compared; `register` is a distance (how differently the two talk), which has no direction.
        measure: String as Text;
        /// Stories in which both state the same facts; for `register`, in which both have articles of their own.
        n_stories: usize as Integer("stories");
        /// Facts that both state; 0 for `register`, which compares whole articles.
        n_facts: usize as Integer("facts");
        /// Mean over the stories of a less b on the same facts. Positive: more of the measure in a; negative: in b. For `register`: 0 is alike, higher is farther apart, about 2 is how far unrelated articles stand apart.
        difference: Option<f64> as Number("unit of the measure");
        /// Lower end of the 95 % interval of `difference`; empty when `insufficient`.
        ci_low: Option<f64> as Number("unit of the measure");
        /// Upper end of the 95 % interval of `difference`; empty when `insufficient`.
        ci_high: Option<f64> as Number("unit of the measure");
        /// Chance of a mean at least as large if the signs of the stories' differences were drawn anew. Empty when `insufficient`, and for `register`.
        p_value: Option<f64> as Probability("0 to 1");
        /// The p value after Benjamini and Hochberg over all rows of the measure. Judge by this one.
        q_value: Option<f64> as Probability("0 to 1");
        /// The smallest true difference that this many stories would have shown with power .8. Of a word list (`lexicon:<name>`) in weight per 100 words, for there is no reference.
        mde: Option<f64> as Number("reference sd");
        /// `ok`: tested; `insufficient`: fewer than 6 stories, no p is given and nothing may be concluded.
        status: Status as Text;
    }
}

row! {
    /// How a source speaks of a person, institution or place that at least two sources of the story name. Testable rows first, then by story and by how often the target is named.
    TargetRow in "targets.csv" by [story_id, source, target] {
        /// The story.
        story_id: String as Id;
        /// The source.
        source: String as Id;
        /// The target, by the full name that the story uses most; bare surnames, titles, acronyms and spellings of it are counted in. Found by capitals, so now and then it is no name, or two of one surname in one.
        target: String as Id;
        /// Claims of the source that name the target in the outlet's own words. Names inside quotations are left out: what is said there is the speaker's.
        n_mentions: usize as Integer("claims");
        /// P(positive) less P(negative) of how these claims speak of the target: mean over the source's articles, each drawn toward 0 by n / (n + 1) with n mentions. 0: neutral; negative: unfavourable; 1 and -1 are the ends. Reported speech counts, quoted words are masked. Bad news of a target makes it negative in every outlet.
        tone: Option<f64> as Number("score -1 to 1");
        /// Mean of the other sources of the story that name the target; a wire text counts once. With `--baseline`: of its sources; empty when none of them does.
        tone_others: Option<f64> as Number("score -1 to 1");
        /// `tone` less `tone_others`. Positive: more favourable than the others. Not on the same facts: who reports the target's worse deeds speaks worse of it. The comparison on the same facts is `tone:<target>` in contrasts.csv.
        difference: Option<f64> as Number("score -1 to 1");
        /// `ok`: tested on the same facts, see `tone:<target>` in contrasts.csv; `insufficient`: fewer than 6 such facts, a description of these articles from which nothing may be concluded.
        status: Status as Text;
    }
}

row! {
    /// A word that a source uses more, or less, than the others for the same facts. First over all stories, then story by story; per source, highest z first, at most 20.
    TermRow in "terms.csv" by [story_id, source, term] {
        /// The story; empty: over all stories.
        story_id: String as Id;
        /// The source.
        source: String as Id;
        /// The word in lower case, in the form that shared facts use most; other forms of its stem are counted in (`protest`, `protests`, `protested`). Function words and plain numbers are left out, names are not.
        term: String as Text;
        /// Shared facts that the source tells with the word, in words of its own: quotations are masked, several sentences about one fact count once. At least 2.
        count: usize as Integer("facts");
        /// Tellings of the same facts by others with the word: one for each fact and other source; a wire text counts as one source, whoever reprints it.
        count_others: usize as Integer("tellings");
        /// How much likelier the word is at the source than at the others on the same facts: difference of the log-odds in standard errors, with a prior from a background corpus. Positive: the source uses it more; negative: less. From 1.96 up or -1.96 down. Descriptive: thousands of words are looked at, and nothing is corrected for that.
        z: Option<f64> as Number("standard errors");
        /// The source's first claim, in the order of claims.csv, that holds the word.
        example_claim_id: String as Id;
    }
}

row! {
    /// What a source calls a target: common nouns beside its name (`the Varno regime`, `strongman Varno`, `Varno, the ousted leader,`), where two voices of the story label it and two different labels are given. By story, then by how often the target is labelled.
    LabelRow in "labels.csv" by [story_id, source, target, label] {
        /// The story.
        story_id: String as Id;
        /// The source.
        source: String as Id;
        /// The target, as in targets.csv.
        target: String as Text;
        /// The label, in lower case, in the outlet's own words. Found by rule: look at the example.
        label: String as Text;
        /// Claims of the source that give it.
        count: usize as Integer("claims");
        /// Claims of the story's other voices that give it; a wire text counts as one voice, whoever reprints it.
        count_others: usize as Integer("claims");
        /// Claims of the source that give the target any label: what `count` is out of.
        n_labelled: usize as Integer("claims");
        /// Claims of the others that give it any: what `count_others` is out of.
        n_labelled_others: usize as Integer("claims");
        /// The source's first claim, in the order of claims.csv, that gives it.
        example_claim_id: String as Id;
    }
}

row! {
    /// A speaker of a story and a source: how much of what the source writes it attributes to this speaker. Speakers whom most sources bring first, then those with most claims; of a speaker, the sources that bring it most first, then those that do not bring it. Coverage, never bias: who is not asked is not heard, and who does not answer neither.
    VoiceRow in "voices.csv" by [story_id, source, speaker] {
        /// The story.
        story_id: String as Id;
        /// The source. A reprint of a wire text is the agency's choice: it has no rows of its outlet's.
        source: String as Id;
        /// The speaker. A person or institution by the full name that the story uses most; surnames, titles, acronyms and spellings are counted in, and "he", "she", "the senator" where it can be told who that is. Others as they are called, articles and numbers left out.
        speaker: String as Text;
        /// `named`: a person with a name; `anonymous`: persons without one (officials, critics, a spokesman; also Democrats); `institution`: an organisation or state, with a name or without (the company, police); `document`: a report, letter, poll or the like. Told by rules: a name that is never used like a person's is an institution.
        kind: Option<SpeakerKind> as Text;
        /// Claims of the source, in its articles of the story, that are attributed to the speaker (claims.csv: speaker_name). 0: the source does not bring a person or institution that at least two others bring (for the other kinds there is no such row: one source's officials may be another's authorities).
        n_claims: usize as Integer("claims");
        /// `n_claims` divided by all claims of the source in the story, in own voice or attributed.
        share: Option<f64> as Number("share 0 to 1");
        /// Sources of the story that bring the speaker; a wire text counts once, whoever reprints it.
        n_sources_with: usize as Integer("sources");
        /// The source's first claim, in the order of claims.csv, with the speaker; empty: it has none.
        example_claim_id: String as Id;
    }
}

row! {
    /// How much a source dwells on a topic frame: the dimensions of the Policy Frames Codebook (Boydstun and others 2013), and those that you bring with `--frames`. First over all stories, the strongest first; then in each story. Relative emphasis only: it says which side of an event a source tells more of than the others do, never that this is wrong.
    EmphasisRow in "emphasis.csv" by [story_id, source, frame] {
        /// The story; empty: over all stories.
        story_id: String as Id;
        /// The source.
        source: String as Id;
        /// The frame. `other` is the codebook's residual: what no frame is about.
        frame: String as Text;
        /// How near the source's articles are to the frame: mean of the five nearest claims of each (cosine in standard deviations of the reference sentences), less the same averaged over the shipped frames, so that long articles are no nearer than short ones. Over all stories: mean of the stories.
        z: Option<f64> as Number("reference sd");
        /// `z` less the mean of the story's other voices. Positive: the source dwells on it more. Over all stories: mean of the stories.
        difference: Option<f64> as Number("reference sd");
        /// Articles of the source; reprints of a wire text are left out.
        n_articles: usize as Integer("articles");
        /// Stories in which the source is compared; 1 in a story.
        n_stories: usize as Integer("stories");
        /// Lower end of the 95 % interval of the difference over stories; empty in a single story.
        ci_low: Option<f64> as Number("reference sd");
        /// Upper end of it.
        ci_high: Option<f64> as Number("reference sd");
        /// How likely so large a difference over stories would be by chance, as in sources.csv; empty below six stories, and in a single story.
        p_value: Option<f64> as Probability("0 to 1");
        /// The same after correction for all sources and frames (Benjamini and Hochberg 1995).
        q_value: Option<f64> as Probability("0 to 1");
        /// Over all stories: `ok`, or `insufficient`: fewer than six stories. In a single story `descriptive`: nothing is tested.
        status: EmphasisStatus as Text;
        /// The source's claims in the story that are nearest to the frame, at most three, joined by `; `.
        nearest_claim_ids: Vec<String> as Text;
    }
}

row! {
    /// A claim and a word list of yours: what the list finds in the outlet's own words. The file is there when lists were given (`--lexicon`).
    LexiconRow in "lexicons.csv" by [claim_id, name] {
        /// The claim, in the order of claims.csv. Claims in which the outlet says too little itself to be scored have no row.
        claim_id: String as Id;
        /// Name of the list.
        name: String as Id;
        /// Sum of the weights of the hits per 100 of the outlet's own words; quotations are masked. 0: no hit, or weights that cancel.
        value: Option<f64> as Number("weight per 100 words");
        /// Hits; their words are in evidence.csv, measure `lexicon:<name>`.
        hits: usize as Integer("hits");
    }
}

row! {
    /// A span of words that caused a score, for every claim that was flagged.
    EvidenceRow in "evidence.csv" by [] {
        /// The article.
        article_id: String as Id;
        /// The claim.
        claim_id: String as Id;
        /// The score that the words caused; `tone:<target>` for the tone toward a target, `lexicon:<name>` for a word list of yours, of which every hit has a row.
        measure: String as Text;
        /// First byte of the words in the article's body in texts.jsonl (UTF-8, from 0).
        start: usize as Integer("byte");
        /// One past the last byte.
        end: usize as Integer("byte");
        /// The words, verbatim (but for line breaks, and a guarding `'`).
        text: String as Text;
        /// How much of the score the words make up: what the raw score loses without them. Larger is more; negative: they lower it. Contributions do not add up to the score. Empty for a mark without a size.
        contribution: Option<f64> as Number("raw score");
        /// How it was found: `lexicon` with the entry and its category; `deleted`: the sentence was scored again without the word, and `contribution` is what the raw score lost; `target` with the tone of the claim, from .5 up or -.5 down, toward the name that stands there; otherwise the mark (attribution cue, speaker, quotation marks).
        note: String as Text;
    }
}

row! {
    /// A record of the input that was not taken. Everything else was.
    RejectedRow in "rejected.csv" by [] {
        /// The input file as you named it; `-` is standard input.
        file: String as Text;
        /// Number of the record in the file, from 1, headings not counted; empty when the whole file failed.
        record: Option<usize> as Integer("rank");
        /// Line of the file, from 1, on which the record begins; empty when unknown.
        line: Option<usize> as Integer("line");
        /// The field at fault; empty when it is the record as a whole.
        field: String as Text;
        /// What is wrong, and what to do.
        reason: String as Text;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns are read by name and by place: those of the published sample stay where they are, others follow.
    #[test]
    fn every_file_has_the_published_columns_in_the_published_order() {
        for table in tables().into_iter().filter(|table| table.file != LexiconRow::FILE) {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/reports/sample/").to_owned() + table.file;
            let published = std::fs::read_to_string(path).unwrap();
            let published: Vec<&str> =
                published.trim_start_matches('\u{feff}').lines().next().unwrap().split(',').collect();
            let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
            assert_eq!(names[..published.len()], published, "{}", table.file);
        }
    }

    #[test]
    fn every_column_explains_itself_and_every_number_has_a_unit() {
        for table in tables() {
            assert!(table.key.iter().all(|key| table.columns.iter().any(|column| column.name == *key)));
            for column in table.columns {
                assert!(column.description.ends_with('.'), "{} {}", table.file, column.name);
                let numeric = !column.kind.is_textual() && column.kind != super::super::Kind::Date;
                assert_eq!(numeric, !column.unit.is_empty(), "{} {}", table.file, column.name);
            }
        }
    }
}
