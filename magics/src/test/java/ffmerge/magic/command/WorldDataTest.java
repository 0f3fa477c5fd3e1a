package ffmerge.magic.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.Expected;
import ffmerge.StateFolder;
import ffmerge.UserError;
import ffmerge.data.DemoHome;
import ffmerge.fixture.Cases;
import ffmerge.json.PythonJson;
import ffmerge.result.EvalResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pictures, processors, class names and tables as people publish them: the right value, or a refusal that names the fault. */
class WorldDataTest {
    private static final List<String> KINDS =
            List.of("D-image-colour-models", "E-processor-defaults", "F-class-names", "G-data-shapes");

    @TempDir
    private Path folder;

    private final Notes host = new Notes();

    static Stream<String> cases() {
        return KINDS.stream()
                .flatMap(kind -> expected(kind).properties().stream().map(entry -> kind + "/" + entry.getKey()));
    }

    private static JsonNode expected(String kind) {
        return PythonJson.read(Cases.file(kind + "/expected.json"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theRightValueOrARefusal(String name) {
        JsonNode one = expected(name.split("/")[0]).get(name.split("/")[1]);
        Path data = Cases.file(one.get("data").asText());
        Path model = Cases.model(
                one.at("/model/base").asText().replace("base/", ""),
                one.at("/model/changes").asText(),
                folder.resolve("model"));
        List<String> commands = new ArrayList<>();
        one.get("commands").forEach(line -> commands.add(words(line.asText()).replace("MODEL", model.toString())));
        try (Session session = new Session(new DemoHome(Expected.home()), new StateFolder(folder.resolve("state")))) {
            host.run(commands.get(0), session);
            String message = null;
            EvalResult result = null;
            try {
                result = (EvalResult) host.run(commands.get(1).replace("DATA", data.toString()), session);
            } catch (UserError e) {
                message = e.getMessage();
            }
            JsonNode right = one.get("right");
            for (JsonNode any : right.has("any_of") ? right.get("any_of") : List.of(right)) {
                if (isRight(any, result, message, data)) {
                    return;
                }
            }
            fail(name + ": " + (message == null ? result : message));
        }
    }

    /** What the refusal of other names and columns proposes. */
    @Test
    void theOptionChoosesTheColumns() {
        Path llama = Cases.model("llama", "", folder.resolve("llama"));
        Path marian = Cases.model("marian", "", folder.resolve("marian"));
        try (Session session = new Session(new DemoHome(Expected.home()), new StateFolder(folder.resolve("state")))) {
            host.run("load " + llama + " --as llama", session);
            host.run("load " + marian + " --as marian", session);
            JsonNode right = expected("G-data-shapes");
            EvalResult summaries = (EvalResult)
                    host.run("eval llama --data " + data("other-names.jsonl") + " --columns input,output", session);
            assertEquals(right.at("/other-names/right/any_of/0/value").asDouble(), summaries.value(), 1e-4);
            EvalResult pairs =
                    (EvalResult) host.run("eval marian --data " + data("four-columns.tsv") + " --columns 3,4", session);
            assertEquals(right.at("/two-columns/right/bleu").asDouble(), pairs.value(), 1e-4);
            assertTrue(host.refusal("eval llama --data " + data("other-names.jsonl"), session)
                    .endsWith(
                            "other-names.jsonl has no column 'text'; it has input, output; --columns TEXT says which is"
                                    + " meant, or of dialogues DIALOGUE,SUMMARY"));
        }
    }

    private static Path data(String name) {
        return Cases.file("G-data-shapes/data/" + name);
    }

    private static String words(String line) {
        return line.replaceFirst("^%ffmerge ", "");
    }

    private static boolean isRight(JsonNode right, EvalResult result, String message, Path data) {
        if (message != null) {
            return right.has("message_names") && names(right.get("message_names"), message, data);
        }
        if (right.has("value") && Math.abs(result.value() - right.get("value").asDouble()) > 1e-6 * result.value()) {
            return false;
        }
        if (right.has("texts")) {
            List<String> texts = new ArrayList<>();
            right.get("texts").forEach(text -> texts.add(text.asText()));
            return texts.equals(result.samples().stream()
                    .map(EvalResult.Sample::translation)
                    .toList());
        }
        return right.has("value");
    }

    private static boolean names(JsonNode lists, String message, Path data) {
        for (JsonNode list : lists) {
            boolean one = false;
            for (JsonNode word : list) {
                String wanted =
                        word.asText().equals("FILE") ? data.getFileName().toString() : word.asText();
                one |= message.contains(wanted);
            }
            if (!one) {
                return false;
            }
        }
        return true;
    }
}
