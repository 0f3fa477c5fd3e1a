package ffmerge.study;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.Expected;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.data.Batch;
import ffmerge.data.DemoHome;
import ffmerge.data.LabelledSentence;
import ffmerge.data.MaskedBatch;
import ffmerge.data.SentenceBatch;
import ffmerge.data.Split;
import ffmerge.data.TokenBatch;
import ffmerge.evaluate.Evaluator;
import ffmerge.evaluate.Metric;
import ffmerge.evaluate.MetricValue;
import ffmerge.model.HiddenStates;
import ffmerge.model.MaskedLanguageModel;
import ffmerge.model.Pass;
import ffmerge.model.SentenceClassifier;
import ffmerge.model.TransformerModel;
import ffmerge.tokenize.TextTokenizer;
import ffmerge.workload.DataRequest;
import ffmerge.workload.Reporter;
import ffmerge.workload.Shelf;
import ffmerge.workload.Workload;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Texts and sentences become what transformers makes of them, and are measured; encoders/tokenized.py asked it. */
class EncoderDataTest {
    private static final Path MODELS = Path.of("src/test/resources/encoders");

    @TempDir
    private Path folder;

    private final List<String> notices = new ArrayList<>();

    private static Shelf shelf() {
        return new Shelf(new DemoHome(Expected.home()), () -> {
            throw new AssertionError("nobody asks the hub");
        });
    }

    private static TransformerModel model(String name) {
        return TransformerModel.load(MODELS.resolve(name), Device.cpu(), Progress.NONE);
    }

    private static JsonNode expected(String name) throws Exception {
        return new ObjectMapper()
                .readTree(MODELS.resolve("tokenized.json").toFile())
                .get(name);
    }

    private Workload workload(Shelf shelf, TransformerModel model, String data) {
        return shelf.workload(model, DataRequest.of(data), new Reporter() {
            @Override
            public Progress progress() {
                return Progress.NONE;
            }

            @Override
            public void notice(String line) {
                notices.add(line);
            }
        });
    }

    private static int[] numbers(JsonNode list) {
        int[] numbers = new int[list.size()];
        java.util.Arrays.setAll(numbers, i -> list.get(i).asInt());
        return numbers;
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert-masked", "roberta-masked", "distilbert-masked", "bert-bare"})
    void aTextIsReadInBlocksOfTheContextWithoutSpecialTokens(String name) throws Exception {
        int[] text = numbers(expected(name).get("text"));
        int context = expected(name).get("context").asInt();
        try (Shelf shelf = shelf();
                TransformerModel model = model(name)) {
            Workload workload =
                    workload(shelf, model, MODELS.resolve("text.txt").toString());
            List<Long> read = new ArrayList<>();
            for (Batch batch : workload.activationBatches(100)) {
                assertEquals(context, ((TokenBatch) batch).length());
                for (long id : ((TokenBatch) batch).ids()) {
                    read.add(id);
                }
            }
            assertTrue(read.size() >= 100);
            for (int i = 0; i < read.size(); i++) {
                assertEquals(text[i], read.get(i));
            }
            assertEquals(Map.of("encoder", (long) text.length / context * context), workload.activationRows(10_000));
        }
    }

    @ParameterizedTest
    @CsvSource({"bert-masked, 4", "roberta-masked, 60", "distilbert-masked, 4"})
    void perplexityIsOfFifteenPercentOfTheTokensWhereTheMaskStands(String name, int mask) throws Exception {
        int[] text = numbers(expected(name).get("text"));
        int context = expected(name).get("context").asInt();
        try (Shelf shelf = shelf();
                TransformerModel model = model(name)) {
            Workload workload =
                    workload(shelf, model, MODELS.resolve("text.txt").toString());
            Metric metric = workload.metric(Split.TEST, Integer.MAX_VALUE);
            double loss = 0;
            int masked = 0;
            int at = 0;
            for (Batch each : metric.batches()) {
                MaskedBatch batch = (MaskedBatch) each;
                assertTrue(batch.length() <= context);
                float[] logits = logits(model, batch); // [rows, length, vocabulary]
                int vocabulary = logits.length / batch.ids().length;
                for (int i = 0; i < batch.ids().length; i++, at++) {
                    boolean asked = batch.targets()[i] != MaskedBatch.NONE;
                    assertEquals(text[at], asked ? batch.targets()[i] : batch.ids()[i]);
                    if (asked) {
                        assertEquals(mask, batch.ids()[i]);
                        loss += loss(logits, i * vocabulary, vocabulary, (int) batch.targets()[i]);
                        masked++;
                    }
                }
                for (int row = 0; row < batch.rows(); row++) {
                    assertEquals(Math.max(1, Math.round(0.15 * batch.length())), batch.scored(row));
                }
            }
            assertEquals(text.length, at);
            MetricValue value = Evaluator.evaluate(model, metric);
            assertEquals(Math.exp(loss / masked), value.value(), 1e-3 * value.value());
            assertEquals((text.length + context - 1) / context, value.examples());
            assertEquals(masked, metric.protocol().orElseThrow().tokens());
            MetricValue again = Evaluator.evaluate(model, workload.metric(Split.TEST, Integer.MAX_VALUE));
            assertEquals(value.value(), again.value());
            assertEquals(3, workload.metric(Split.TEST, 3).examples());
        }
    }

    private static float[] logits(TransformerModel model, MaskedBatch batch) {
        try (NDManager scope = model.newScope()) {
            Pass pass = Pass.inference(scope);
            HiddenStates last = model.advance(model.embed(batch, pass), model.layers(), pass);
            return ((MaskedLanguageModel) model).logits(last, pass).toFloatArray();
        }
    }

    private static double loss(float[] logits, int from, int count, int target) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += Math.exp(logits[from + i]);
        }
        return Math.log(sum) - logits[from + target];
    }

    @Test
    void inTrainingOtherWordsAreMaskedEachTime() {
        try (Shelf shelf = shelf();
                TransformerModel model = model("bert-masked")) {
            Workload workload =
                    workload(shelf, model, MODELS.resolve("text.txt").toString());
            MaskedBatch first = (MaskedBatch) workload.trainingBatch(40, 1, 0);
            MaskedBatch next = (MaskedBatch) workload.trainingBatch(40, 1, 1);
            MaskedBatch again = (MaskedBatch) workload.trainingBatch(40, 1, 0);
            assertArrayEquals(first.ids(), again.ids());
            assertArrayEquals(first.targets(), again.targets());
            assertNotEquals(List.of(first.targets()), List.of(next.targets()));
            int masks = 0;
            int kept = 0;
            for (long place : first.places()) {
                int i = (int) place;
                masks += first.ids()[i] == 4 ? 1 : 0;
                kept += first.ids()[i] == first.targets()[i] ? 1 : 0;
            }
            assertEquals(40 * 3, first.scored()); // of 19 tokens each
            assertTrue(masks > 80 && masks < 112, () -> "masks among 120");
            assertTrue(kept > 2 && kept < 30, () -> "kept among 120");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert-sentences", "roberta-sentences", "distilbert-sentences"})
    void sentencesAreReadAndClassifiedAsTransformersDoes(String name) throws Exception {
        JsonNode expected = expected(name);
        try (Shelf shelf = shelf();
                TransformerModel model = model(name)) {
            Workload workload =
                    workload(shelf, model, MODELS.resolve("sentences.tsv").toString());
            Metric metric = workload.metric(Split.TEST, Integer.MAX_VALUE);
            int seen = 0;
            for (Batch batch : metric.batches()) {
                float[] scores = scores(model, (SentenceBatch) batch);
                int classes = scores.length / batch.rows();
                for (LabelledSentence sentence : ((SentenceBatch) batch).sentences()) {
                    JsonNode ids = expected.get("sentences").get(sentence.index());
                    assertArrayEquals(numbers(ids), sentence.ids());
                    int row = ((SentenceBatch) batch).sentences().indexOf(sentence);
                    for (int c = 0; c < classes; c++) {
                        assertEquals(
                                expected.get("logits")
                                        .get(sentence.index())
                                        .get(c)
                                        .asDouble(),
                                scores[row * classes + c],
                                1e-4);
                    }
                    seen++;
                }
            }
            assertEquals(expected.get("sentences").size(), seen);
            assertEquals(
                    expected.get("accuracy").asDouble(),
                    Evaluator.evaluate(model, metric).value(),
                    1e-12);
            assertEquals(
                    List.of(MODELS.resolve("sentences.tsv") + " test: of 40 sentences "
                            + expected.get("cut").asInt() + " are longer than the model's "
                            + expected.get("context").asInt() + " positions and are cut at their end"),
                    notices);
        }
    }

    private static float[] scores(TransformerModel model, SentenceBatch batch) {
        try (NDManager scope = model.newScope()) {
            Pass pass = Pass.inference(scope);
            HiddenStates last = model.advance(model.embed(batch, pass), model.layers(), pass);
            return ((SentenceClassifier) model).classLogits(last, pass).toFloatArray();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sentence\\tlabel\\na b\\tx | FILE, row 1: the label should be a class's number, from 0, is \"x\"",
                "sentence\\tlabel\\na b\\t3 | FILE, row 1 has the label 3; the model knows 0 to 2",
                "sentence\\tlabel\\na b\\t0\\nc\\t-1 | FILE, row 2 has the label -1, which is none: quality is measured on"
                        + " labelled sentences",
                "sentence\\tlabel\\na b | FILE line 2 has 1 column, its header has 2",
                "sentence\\tlabel | FILE holds no row",
                "words\\tlabel\\na b\\t0 | FILE has no column 'sentence'; it has words, label; --columns SENTENCE,LABEL says"
                        + " which are meant"
            })
    void whatIsWrongWithATableIsSaid(String text, String message) throws Exception {
        Path file = folder.resolve("s.tsv");
        Files.writeString(file, text.strip().replace("\\t", "\t").replace("\\n", "\n") + "\n");
        try (Shelf shelf = shelf();
                TransformerModel model = model("bert-sentences")) {
            Workload workload = workload(shelf, model, file.toString());
            UserError refused = assertThrows(UserError.class, () -> workload.metric(Split.TEST, 9));
            assertEquals(message.strip(), refused.getMessage().replace(file.toString(), "FILE"));
        }
    }

    @Test
    void sentencesNeedDataAndBareModelsAHead() {
        try (Shelf shelf = shelf();
                TransformerModel sentences = model("bert-sentences");
                TransformerModel bare = model("bert-bare")) {
            assertEquals(
                    "no demo data has classes of sentences: --data FILE names a table, .parquet, .tsv, .csv, .jsonl,"
                            + " .ndjson, .json, with the columns sentence and label, or a data set of the hub",
                    assertThrows(UserError.class, () -> workload(shelf, sentences, ""))
                            .getMessage());
            Workload workload = workload(shelf, bare, MODELS.resolve("text.txt").toString());
            assertEquals(
                    "this BERT has no head, so there is nothing to measure it by: load a checkpoint of BERT for masked"
                            + " words or for sentence classes; cka, align, merge and save work without",
                    assertThrows(UserError.class, () -> workload.metric(Split.TEST, 9))
                            .getMessage());
        }
    }

    static List<String> classes() throws Exception {
        List<String> names = new ArrayList<>();
        expected("classes").fieldNames().forEachRemaining(names::add);
        return names;
    }

    @ParameterizedTest
    @MethodSource("classes")
    void aTokenizersClassCountsBeforeItsFile(String name) throws Exception {
        JsonNode given = expected("classes").get(name);
        ObjectMapper json = new ObjectMapper();
        Path base = MODELS.resolve(given.get("base").asText());
        Files.copy(base.resolve("config.json"), folder.resolve("config.json"));
        for (Map.Entry<String, String> file : Map.of("tokenizer_config.json", "config", "tokenizer.json", "tokenizer")
                .entrySet()) {
            ObjectNode whole =
                    (ObjectNode) json.readTree(base.resolve(file.getKey()).toFile());
            given.get(file.getValue()).properties().forEach(change -> {
                int slash = change.getKey().lastIndexOf('/');
                ObjectNode part = (ObjectNode)
                        whole.at(slash < 0 ? "" : "/" + change.getKey().substring(0, slash));
                part.set(change.getKey().substring(slash + 1), change.getValue());
            });
            json.writeValue(folder.resolve(file.getKey()).toFile(), whole);
        }
        try (TextTokenizer tokenizer = TextTokenizer.load(folder)) {
            for (int i = 0; i < given.get("texts").size(); i++) {
                String text = given.get("texts").get(i).asText();
                assertArrayEquals(
                        numbers(given.get("ids").get(i)),
                        tokenizer.encode(List.of(text), true).get(0).ids(),
                        text);
            }
        }
    }

    @Test
    void aListOfWordsIsATokenizerToo() throws Exception {
        Path base = MODELS.resolve("bert-masked");
        JsonNode words = new ObjectMapper()
                .readTree(base.resolve("tokenizer.json").toFile())
                .at("/model/vocab");
        String[] lines = new String[words.size()];
        words.properties().forEach(word -> lines[word.getValue().asInt()] = word.getKey());
        Files.writeString(folder.resolve("vocab.txt"), String.join("\n", lines) + "\n");
        Files.copy(base.resolve("config.json"), folder.resolve("config.json"));
        String text = "Ab é 中a [MASK] .";
        try (TextTokenizer listed = TextTokenizer.load(folder);
                TextTokenizer whole = TextTokenizer.load(base)) {
            assertArrayEquals(
                    whole.encode(List.of(text), true).get(0).ids(),
                    listed.encode(List.of(text), true).get(0).ids());
        }
    }

    @Test
    void quotesCountOnlyWhereTheyAreDoubled() throws Exception {
        Path file = folder.resolve("s.tsv");
        Files.writeString(file, "label\tsentence\n0\t\"a\" b\n1\t\"a \"\"b\"\"\"\n");
        assertEquals(
                List.of("\"a\" b", "a \"b\""),
                ffmerge.data.SentenceFiles.read(file, ffmerge.data.Columns.KNOWN).stream()
                        .map(ffmerge.data.SentenceFiles.Row::sentence)
                        .toList());
    }
}
