package ffmerge.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HubSettingsTest {
    @TempDir
    private Path home;

    private HubSettings settings(String... variables) {
        Map<String, String> environment = new HashMap<>();
        for (int i = 0; i < variables.length; i += 2) {
            environment.put(variables[i], variables[i + 1]);
        }
        return HubSettings.from(environment, home);
    }

    @Test
    void theCacheIsWhereTheFirstOfTheVariablesSays() {
        assertEquals(home.resolve(".cache/huggingface/hub"), settings().cache());
        assertEquals(
                Path.of("/x/huggingface/hub"), settings("XDG_CACHE_HOME", "/x").cache());
        assertEquals(
                Path.of("/h/hub"),
                settings("XDG_CACHE_HOME", "/x", "HF_HOME", "/h").cache());
        assertEquals(
                home.resolve("c"),
                settings("HF_HOME", "/h", "HF_HUB_CACHE", "~/c").cache());
    }

    @Test
    void theTokenIsTheVariablesOrTheOneOfALogin() throws IOException {
        assertEquals(Optional.empty(), settings().token());
        assertEquals(
                "Bearer a", settings("HF_TOKEN", " a\n").token().orElseThrow().authorization());
        Files.writeString(home.resolve("token"), "b\n");
        assertEquals(
                "Bearer b",
                settings("HF_HOME", home.toString()).token().orElseThrow().authorization());
        assertEquals(
                "Bearer a",
                settings("HF_HOME", home.toString(), "HF_TOKEN", "a")
                        .token()
                        .orElseThrow()
                        .authorization());
    }

    @Test
    void aTokenThatIsNoneIsRefusedUnquoted() {
        assertEquals(
                "HF_TOKEN holds a space or a character that no token has; copy the token anew",
                assertThrows(UserError.class, () -> settings("HF_TOKEN", "hf_a b"))
                        .getMessage());
    }

    @ParameterizedTest
    @CsvSource({"1, true", "true, true", "YES, true", "on, true", "0, false", "'', false", "no, false"})
    void offline(String value, boolean offline) {
        assertEquals(offline, settings("HF_HUB_OFFLINE", value).offline());
        assertEquals(offline, settings("TRANSFORMERS_OFFLINE", value).offline());
    }

    @Test
    void theEndpointIsAnAddressWithoutASlashAtItsEnd() {
        assertEquals(
                "http://mirror.example.org:8080/hub",
                settings("HF_ENDPOINT", "http://mirror.example.org:8080/hub/")
                        .endpoint()
                        .toString());
        assertEquals("https", settings().endpoint().getScheme());
    }

    @ParameterizedTest
    @ValueSource(strings = {"hub", "ftp://a", "https://user:secret@a", "https:// a", "https://a?b=secret"})
    void anEndpointThatIsNoneIsRefusedUnquoted(String endpoint) {
        String message = assertThrows(UserError.class, () -> settings("HF_ENDPOINT", endpoint))
                .getMessage();
        assertFalse(message.contains("secret"));
        assertTrue(message.startsWith("HF_ENDPOINT is no web address"));
    }
}
