package ffmerge.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.Expected;
import ffmerge.Progress;
import ffmerge.UserError;
import ffmerge.data.Tokenizer;
import ffmerge.model.TransformerModel;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Asks the endpoint over HTTP, as a client does. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CompletionServerTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path ITEMS = Path.of("src/test/resources/task");
    private static final String NAME = "olmo-dialogues";
    private static final Path FOLDER = Expected.home().resolve("models").resolve(NAME);

    private final HttpClient client = HttpClient.newHttpClient();
    private TransformerModel model;
    private Tokenizer tokenizer;
    private CompletionServer server;

    @BeforeAll
    void start() {
        model = TransformerModel.load(FOLDER, Device.cpu(), Progress.NONE);
        tokenizer = Tokenizer.load(FOLDER);
        server = new CompletionServer(
                CompletionServer.listen(0), NAME, Set.of(FOLDER.toString()), Serve.completions(model, FOLDER));
    }

    @AfterAll
    void stop() {
        server.close();
        tokenizer.close();
        model.close();
    }

    private HttpRequest.Builder at(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
    }

    private HttpResponse<String> send(HttpRequest request) {
        try {
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private HttpResponse<String> post(String body) {
        return send(at("/v1/completions")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    private static JsonNode read(HttpResponse<String> response) throws IOException {
        return JSON.readTree(response.body());
    }

    private JsonNode asked(ObjectNode request) throws IOException {
        HttpResponse<String> response = post(request.toString());
        assertEquals(200, response.statusCode(), response.body());
        return read(response);
    }

    private static ArrayNode ids(int[] tokens) {
        ArrayNode ids = JSON.createArrayNode();
        for (int token : tokens) {
            ids.add(token);
        }
        return ids;
    }

    private int[] tokens(String text) {
        return tokenizer.encode(text, Progress.NONE);
    }

    private static double sum(JsonNode values, int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += values.get(i).asDouble();
        }
        return sum;
    }

    @Test
    void theHarnesssRequestsGiveItsLogLikelihoods() throws IOException {
        JsonNode row =
                JSON.readTree(Files.readAllLines(ITEMS.resolve("piqa.jsonl")).get(0));
        JsonNode expected = JSON.readTree(ITEMS.resolve("expected.json").toFile())
                .path(NAME)
                .path("piqa")
                .get(0)
                .path("logLikelihoods");
        String context = "Question: " + row.path("goal").asText() + "\nAnswer:";
        ObjectNode request = JSON.createObjectNode();
        ArrayNode prompts = request.putArray("prompt");
        for (String choice : List.of("sol1", "sol2")) {
            prompts.add(ids(tokens(context + " " + row.path(choice).asText())));
        }
        request.put("temperature", 0)
                .put("max_tokens", 1)
                .put("logprobs", 1)
                .put("seed", 1234)
                .put("echo", true);
        request.putNull("model");
        JsonNode answer = asked(request);
        assertEquals("text_completion", answer.path("object").asText());
        assertEquals(NAME, answer.path("model").asText());
        int before = tokens(context).length;
        for (int i = 0; i < 2; i++) {
            JsonNode choice = answer.path("choices").get(i);
            JsonNode logprobs = choice.path("logprobs");
            int length = prompts.get(i).size();
            assertEquals(i, choice.path("index").asInt());
            assertEquals(length + 1, logprobs.path("tokens").size());
            assertEquals(length + 1, logprobs.path("text_offset").size());
            assertTrue(logprobs.path("token_logprobs").get(0).isNull());
            assertTrue(logprobs.path("top_logprobs").get(0).isNull());
            assertEquals(expected.get(i).asDouble(), sum(logprobs.path("token_logprobs"), before, length), 1e-3);
            for (int t = 1; t <= length; t++) {
                double own = logprobs.path("token_logprobs").get(t).asDouble();
                double best = Double.NEGATIVE_INFINITY;
                for (JsonNode value : logprobs.path("top_logprobs").get(t)) {
                    best = Math.max(best, value.asDouble());
                }
                assertTrue(own <= best);
                assertTrue(t < length || own == best, "what follows is the likeliest");
            }
        }
        int completed = prompts.get(0).size() + prompts.get(1).size();
        assertEquals(completed + 2, answer.path("usage").path("total_tokens").asInt());
    }

    @Test
    void aPromptIsTextOrTokensOneOrSeveral() throws IOException {
        String text = "Anna: Is the train late again?";
        ObjectNode request =
                JSON.createObjectNode().put("max_tokens", 0).put("echo", true).put("logprobs", 0);
        JsonNode asText = asked(request.deepCopy().put("prompt", text)).path("choices");
        ObjectNode two = request.deepCopy();
        two.putArray("prompt").add("Hello").add(text);
        JsonNode several = asked(two).path("choices");
        ObjectNode row = request.deepCopy();
        row.set("prompt", ids(tokens(text)));
        JsonNode asTokens = asked(row).path("choices");
        assertEquals(1, asText.size());
        assertEquals(2, several.size());
        assertEquals(text, asText.get(0).path("text").asText());
        assertEquals(
                asText.get(0).path("logprobs").path("tokens"),
                asTokens.get(0).path("logprobs").path("tokens"));
        JsonNode wanted = asText.get(0).path("logprobs").path("token_logprobs");
        for (JsonNode other : List.of(several.get(1), asTokens.get(0))) {
            JsonNode found = other.path("logprobs").path("token_logprobs");
            assertEquals(wanted.size(), found.size());
            assertEquals(sum(wanted, 1, wanted.size()), sum(found, 1, found.size()), 1e-3);
        }
    }

    @Test
    void tokensAndTheirPlacesMakeUpTheText() throws IOException {
        String text = "Jörg said: “Fine 🙂” – and left.";
        JsonNode choice = asked(JSON.createObjectNode()
                        .put("prompt", text)
                        .put("max_tokens", 0)
                        .put("echo", true)
                        .put("logprobs", 2))
                .path("choices")
                .get(0);
        JsonNode logprobs = choice.path("logprobs");
        int[] points = text.codePoints().toArray();
        int last = 0;
        for (int i = 0; i < logprobs.path("tokens").size(); i++) {
            String token = logprobs.path("tokens").get(i).asText();
            int offset = logprobs.path("text_offset").get(i).asInt();
            assertTrue(offset >= last, "places rise");
            last = offset;
            if (token.indexOf('\uFFFD') < 0) {
                String there = new String(points, offset, points.length - offset);
                assertTrue(there.startsWith(token), "'" + token + "' at " + offset);
            }
            assertTrue(i == 0 || logprobs.path("top_logprobs").get(i).size() >= 1);
        }
    }

    @Test
    void whatFollowsIsTheLikeliestTokenByToken() throws IOException {
        String text = "Summarize the following conversation.\nAnna: Hi, are you coming?\nBen: Yes.\n\nSummary:";
        ObjectNode request = JSON.createObjectNode();
        request.putArray("prompt").add(text).add("Ben: Hello");
        JsonNode all = asked(request.deepCopy().put("max_tokens", 6).put("logprobs", 1))
                .path("choices");
        StringBuilder grown = new StringBuilder(text);
        JsonNode tokens = all.get(0).path("logprobs").path("tokens");
        for (int i = 0; i < tokens.size(); i++) {
            ObjectNode one = JSON.createObjectNode().put("max_tokens", 1).put("logprobs", 1);
            int[] row = tokens(grown.toString());
            one.set("prompt", ids(row));
            JsonNode next = asked(one).path("choices").get(0).path("logprobs");
            assertEquals(next.path("tokens").get(0), tokens.get(i));
            assertEquals(
                    next.path("token_logprobs").get(0).asDouble(),
                    all.get(0).path("logprobs").path("token_logprobs").get(i).asDouble(),
                    1e-3);
            grown.append(tokens.get(i).asText());
        }
        assertTrue(grown.toString().startsWith(text + all.get(0).path("text").asText()));
        String word = tokens.get(2).asText();
        ObjectNode stopping = JSON.createObjectNode().put("prompt", text).put("max_tokens", 6);
        stopping.putArray("stop").add(word).add("never said");
        JsonNode stopped = asked(stopping).path("choices").get(0);
        assertEquals("stop", stopped.path("finish_reason").asText());
        assertFalse(stopped.path("text").asText().contains(word));
        assertTrue(
                all.get(0).path("text").asText().startsWith(stopped.path("text").asText()));
        assertTrue(stopped.path("logprobs").isNull());
    }

    @Test
    void modelsAreListed() throws IOException {
        JsonNode models = read(send(at("/v1/models").build()));
        assertEquals(NAME, models.path("data").get(0).path("id").asText());
        assertEquals(200, send(at("/v1/models/" + NAME).build()).statusCode());
        assertEquals(
                200,
                post("{\"model\": \"" + NAME + "\", \"prompt\": \"a\", \"max_tokens\": 0}")
                        .statusCode());
        HttpResponse<String> other = post("{\"model\": \"gpt-4\", \"prompt\": \"a\", \"max_tokens\": 0}");
        assertEquals(404, other.statusCode());
        assertEquals("there is no model 'gpt-4' here; there is '" + NAME + "'", message(other));
    }

    private static String message(HttpResponse<String> response) throws IOException {
        JsonNode error = read(response).path("error");
        assertEquals("invalid_request_error", error.path("type").asText(), response.body());
        return error.path("message").asText();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            quoteCharacter = '^',
            value = {
                "{}#'prompt' is missing",
                "[1]#the request is not a JSON object",
                "{\"prompt\": #the request is not valid JSON: it ends too early",
                "{\"prompt\": \"\"}#a prompt is a text or token ids, and not empty",
                "{\"prompt\": []}#'prompt' is []",
                "{\"prompt\": [[]]}#a prompt is a text or token ids",
                "{\"prompt\": [[1, \"a\"]]}#'prompt' holds the token \"a\"",
                "{\"prompt\": [[1, 2.5]]}#'prompt' holds the token 2.5",
                "{\"prompt\": [99999999]}#'prompt' holds the token 99999999; the model's are 0 to",
                "{\"prompt\": [-1]}#'prompt' holds the token -1",
                "{\"prompt\": {\"a\": 1}}#'prompt' is {\"a\":1}",
                "{\"prompt\": \"a\", \"temperature\": 0.7}#'temperature' is 0.7; here the likeliest token is always taken",
                "{\"prompt\": \"a\", \"n\": 2}#'n' is 2",
                "{\"prompt\": \"a\", \"stream\": true}#'stream' is true",
                "{\"prompt\": \"a\", \"logit_bias\": {\"5\": 1}}#'logit_bias' isn't done here",
                "{\"prompt\": \"a\", \"max_tokens\": -1}#'max_tokens' is -1; it is a whole number from 0 on",
                "{\"prompt\": \"a\", \"max_tokens\": 100000}#and max_tokens is 100000",
                "{\"prompt\": \"a\", \"logprobs\": 1000}#'logprobs' is 1000; it is a whole number from 0 to 100",
                "{\"prompt\": \"a\", \"echo\": \"yes\"}#'echo' is \"yes\"; it is true or false",
                "{\"prompt\": \"a\", \"stop\": 5}#'stop' holds 5",
                "{\"prompt\": \"a\", \"max_token\": 5}#'max_token' isn't known here; did you mean 'max_tokens'?"
            })
    void whatCannotBeAnsweredIsRefused(String body, String message) throws IOException {
        HttpResponse<String> response = post(body);
        assertEquals(400, response.statusCode());
        assertTrue(message(response).contains(message), response.body());
        assertEquals(200, post("{\"prompt\": \"a\", \"max_tokens\": 0}").statusCode(), "the next one is answered");
    }

    @Test
    void aPromptBeyondTheContextIsRefused() throws IOException {
        ObjectNode request = JSON.createObjectNode().put("max_tokens", 1);
        request.set("prompt", ids(new int[5000]));
        HttpResponse<String> response = post(request.toString());
        assertEquals(400, response.statusCode());
        assertTrue(
                message(response).contains("tokens; the prompt has 5,000 tokens, and max_tokens is 1"),
                response.body());
    }

    @Test
    void otherPathsAndMethodsAreNamed() throws IOException {
        HttpResponse<String> path = send(at("/v1/chat/completions").build());
        assertEquals(404, path.statusCode());
        assertTrue(message(path).contains("there are /v1/completions and /v1/models"));
        assertEquals(405, send(at("/v1/completions").build()).statusCode());
        assertEquals(413, post(" ".repeat((32 << 20) + 1)).statusCode());
        HttpResponse<String> page =
                send(at("/v1/models").header("Origin", "http://example.org").build());
        assertEquals(403, page.statusCode());
    }

    @Test
    void aPortInUseGetsOneLine() {
        assertEquals(
                "port " + server.port() + " can't be listened at: it is in use, or kept for others; name another one by"
                        + " --port, or --port 0 for one that is free",
                assertThrows(UserError.class, () -> CompletionServer.listen(server.port()))
                        .getMessage());
    }

    @Test
    void theCommandLineIsChecked() {
        assertEquals(new Serve.Wanted("a", 8000), Serve.Wanted.of(List.of("a")));
        assertEquals(new Serve.Wanted("a", 0), Serve.Wanted.of(List.of("--port", "0", "a")));
        assertEquals(new Serve.Wanted("a", 81), Serve.Wanted.of(List.of("a", "--port=81")));
        for (String wrong : List.of("", "a b", "a --port", "a --port x", "a --port 70000", "a --prot 1")) {
            List<String> words = wrong.isEmpty() ? List.of() : List.of(wrong.split(" "));
            assertThrows(UserError.class, () -> Serve.Wanted.of(words), wrong);
        }
    }
}
