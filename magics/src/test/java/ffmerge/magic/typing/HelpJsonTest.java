package ffmerge.magic.typing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.magic.command.CommandSpec;
import ffmerge.magic.command.Commands;
import ffmerge.magic.command.Option;
import ffmerge.result.Result;
import java.util.List;
import org.junit.jupiter.api.Test;

class HelpJsonTest {
    private static final JsonNode COMMANDS = HelpJson.of(Commands.BUILT_IN).get("commands");

    @Test
    void everyCommandIsThereInTheOrderOfHelp() {
        assertEquals(
                Commands.BUILT_IN.names(),
                COMMANDS.findValuesAsText("usage").stream()
                        .map(usage -> usage.split(" ")[1])
                        .toList());
    }

    @Test
    void aCommandHasAllThatItsSpecHolds() {
        List<CommandSpec> specs = Commands.BUILT_IN.specs();
        for (int i = 0; i < specs.size(); i++) {
            JsonNode json = COMMANDS.get(i);
            CommandSpec spec = specs.get(i);
            assertEquals(spec.name(), json.get("name").asText());
            assertEquals(spec.usage(), json.get("usage").asText());
            assertEquals(spec.summary(), json.get("summary").asText());
            assertEquals(spec.example(), json.get("example").asText());
            for (int j = 0; j < spec.options().size(); j++) {
                Option<?> option = spec.options().get(j);
                JsonNode told = json.get("options").get(j);
                assertEquals(option.name(), told.get("name").asText());
                assertEquals(option.help(), told.get("help").asText());
                assertEquals(option.fallback(), told.get("fallback").asText());
            }
        }
    }

    @Test
    void aCommandNamesTheClassOfItsResult() throws ClassNotFoundException {
        for (JsonNode command : COMMANDS) {
            assertTrue(Result.class.isAssignableFrom(
                    Class.forName(command.get("result").asText())));
        }
    }
}
