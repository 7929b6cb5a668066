package dev.tern.grammar;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.json.Json;
import dev.tern.json.JsonView;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class JsonSchemaTest {
  /// What models of random weights may write, and often enough what ends something.
  private static final FakeTokenizer TOKENS =
      FakeTokenizer.ofBytesAnd(
          "\"", "\"}", "\"]", "\",", "\": ", "\":", ", ", "{\"", "[\"", "}}", "]]", "true", "null",
          "é", "日本", "😀", "\\n", "\\u00", "0.5", "12", "1e", "-", "name", "ab", "  ", "\n  ");

  static List<String> schemas() {
    return SCHEMAS;
  }

  static final List<String> SCHEMAS =
      List.of(
          "{}",
          "true",
          "{'type':'object'}",
          "{'type':'array','items':{'type':'integer'},'minItems':2,'maxItems':4}",
          "{'type':'string','minLength':2,'maxLength':5}",
          "{'type':'string','maxLength':0}",
          "{'type':['string','null']}",
          "{'enum':['red','gr\\u00fcn',3,null,{'a':[1,'x']}]}",
          "{'const':'a \\u0022 quoted \\\\ text\\n'}",
          "{'type':'boolean','description':'yes or no','default':true}",
          "{'type':'integer','minimum':-17,'maximum':204}",
          "{'type':'integer','exclusiveMinimum':98.5,'exclusiveMaximum':1002}",
          "{'type':'integer','maximum':-3}",
          "{'type':'number','minimum':0,'maximum':1}",
          "{'type':'number','exclusiveMinimum':-2,'exclusiveMaximum':3}",
          "{'type':'number','maximum':-5}",
          "{'type':'object','properties':{'name':{'type':'string','maxLength':9},'age':{'type':'integer','minimum':0,'maximum':150},'email':{'type':['string','null'],'maxLength':3}},'required':['name','age']}",
          "{'type':'object','properties':{'a':{'type':'boolean'},'b':{'type':'null'},'c':{'type':'integer'}}}",
          "{'type':'object','properties':{'a':{'type':'boolean'},'ab':{'type':'null'}},'required':['ab'],'additionalProperties':{'type':'integer'}}",
          "{'type':'object','additionalProperties':{'type':'boolean'}}",
          "{'type':'object','required':['x'],'properties':{'y':false,'z':{}},'additionalProperties':{'type':'null'}}",
          "{'type':'array','prefixItems':[{'type':'integer'},{'type':'boolean'}],'items':{'type':'null'},'minItems':1}",
          "{'type':'array','prefixItems':[{'const':1},{'const':2},{'const':3}],'maxItems':2}",
          "{'type':'array','prefixItems':[{'const':1}],'minItems':1,'items':false}",
          "{'type':'array','prefixItems':[{'const':1}],'minItems':3}",
          "{'anyOf':[{'type':'integer'},{'type':'object','properties':{'k':{'const':1}},'required':['k']}]}",
          "{'type':'object','properties':{'a':{'type':'integer'},'b':{'type':'integer'}},'anyOf':[{'required':['a']},{'required':['b']}]}",
          "{'oneOf':[{'type':'null'},{'$ref':'#/$defs/t'}],'$defs':{'t':{'type':'string','pattern':'^[A-Z]{2}-\\\\d+$'}}}",
          "{'allOf':[{'type':'object','properties':{'a':{'type':'integer'}},'required':['a']},{'properties':{'b':{'type':'null'}},'required':['b']}]}",
          "{'$ref':'#/$defs/node','$defs':{'node':{'type':'object','properties':{'v':{'type':'integer','minimum':1,'maximum':9},'next':{'anyOf':[{'type':'null'},{'$ref':'#/$defs/node'}]}},'required':['v','next'],'additionalProperties':false}}}",
          "{'type':'object','properties':{'children':{'type':'array','items':{'$ref':'#'},'maxItems':2}}}",
          "{'type':'string','format':'date'}",
          "{'type':'string','format':'time'}",
          "{'type':'string','format':'date-time'}",
          "{'type':'string','format':'uuid'}",
          "{'type':'string','pattern':'^colou?r$|^(gr[ae]y){1,2}$'}",
          "{'type':'string','pattern':'^([^\\u0022a-z]|\\\\\\\\|\\\\w\\\\.)*?$'}",
          "{'allOf':[{'$ref':'#/definitions/p'}],'minimum':3,'definitions':{'p':{'type':'integer','minimum':1,'maximum':12}}}");

  private static String json(String quoted) {
    return quoted.replace('\'', '"');
  }

  /// Tokens at random, out of those that are allowed.
  static String generate(Grammar grammar, FakeTokenizer tokens, long seed) {
    Random random = new Random(seed);
    TokenConstraint constraint = new GrammarVocabulary(tokens).constrain(grammar, List.of(), true);
    List<Integer> chosen = new ArrayList<>();
    while (!constraint.isComplete() && chosen.size() < 3_000) {
      TokenMask mask = constraint.allowed();
      // Ends become likelier, so that what may go on for ever ends.
      if (mask.mayEnd() && random.nextInt(3) == 0) {
        assertTrue(mask.allows(tokens.end()));
        break;
      }
      int[] allowed = mask.tokens();
      int token = allowed[random.nextInt(allowed.length)];
      if (random.nextInt(40) < chosen.size()) {
        token = closing(mask, token);
      }
      if (token == tokens.end()) {
        break;
      }
      assertFalse(token == tokens.control());
      chosen.add(token);
      constraint.accept(token);
    }
    return tokens.decode(chosen.stream().mapToInt(Integer::intValue).toArray());
  }

  /// What ends a string, or an object or array, where that may end; else a token as it is.
  private static int closing(TokenMask mask, int token) {
    boolean inString = mask.allows('Z');
    if (inString) {
      return mask.allows('"') ? '"' : token;
    }
    return mask.allows('}') ? '}' : mask.allows(']') ? ']' : token;
  }

  @ParameterizedTest
  @MethodSource("schemas")
  void whatIsGeneratedFits(String quoted) {
    String schema = json(quoted);
    Grammar grammar = Grammar.jsonSchema(schema);
    JsonView document = Json.parse("schema", schema.getBytes(UTF_8));
    SchemaValidator validator = new SchemaValidator(document);
    for (int seed = 0; seed < 40; seed++) {
      String text = generate(grammar, TOKENS, seed);
      JsonView value = Json.parse(text, text.getBytes(UTF_8));
      assertTrue(validator.fits(value), () -> text + " does not fit " + schema);
      assertTrue(grammar.matches(text), () -> text + " does not match");
    }
  }

  private static void check(String schema, boolean fits, String... texts) {
    Grammar grammar = Grammar.jsonSchema(json(schema));
    for (String text : texts) {
      assertEquals(fits, grammar.matches(json(text)), () -> json(text) + " and " + schema);
    }
  }

  @Test
  void enforcesBoundsOfIntegersExactly() {
    int[][] ranges = {
      {0, 0}, {-3, 5}, {7, 7}, {9, 10}, {-1, 0}, {98, 1203}, {-1203, -98}, {100, 199}
    };
    for (int[] range : ranges) {
      Grammar grammar =
          Grammar.jsonSchema(
              "{\"type\":\"integer\",\"minimum\":%d,\"maximum\":%d}".formatted(range[0], range[1]));
      for (int n = -1300; n <= 1300; n++) {
        assertEquals(
            n >= range[0] && n <= range[1], grammar.matches(Integer.toString(n)), () -> "");
      }
      assertFalse(grammar.matches("-0"));
      assertFalse(grammar.matches("00"));
    }
  }

  @Test
  void enforcesBoundsOfNumbers() {
    String unit = "{'type':'number','minimum':0,'exclusiveMaximum':1}";
    check(unit, true, "0", "0.5", "0.999");
    check(unit, false, "1", "1.0", "-0.1", "2", "01");
    String wide = "{'type':'number','exclusiveMinimum':-1,'maximum':12}";
    check(wide, true, "-0.5", "0", "3.25", "12", "11.9");
    check(wide, false, "-1", "-1.0", "12.1", "13", "-2");
    check("{'type':'number','exclusiveMinimum':0}", true, "0.001", "123456.7");
    check("{'type':'number','exclusiveMinimum':0}", false, "0", "0.0", "-1");
  }

  @Test
  void writesObjectsInTheOrderOfTheirProperties() {
    String schema =
        "{'properties':{'a':{'type':'integer'},'b':{'type':'integer'},'c':{'type':'integer'}},'required':['b']}";
    check(schema, true, "{'b':1}", "{'a':1,'b':2}", "{'b':1,'c':2}", "{'a':1, 'b': 2,\n  'c':3}");
    check(
        schema, false, "{}", "{'a':1}", "{'b':1,'a':2}", "{'b':1,}", "{'b':1,'d':2}", "{'b':'1'}");
  }

  @Test
  void keepsAdditionalPropertiesApartFromThoseThatAreNamed() {
    String schema =
        "{'properties':{'ab':{'type':'null'},'':{'type':'null'}},'additionalProperties':{'type':'integer'}}";
    check(schema, true, "{}", "{'a':1}", "{'abc':1}", "{'ab':null,'x':1,'\u00e9':2}", "{'':null}");
    check(schema, false, "{'ab':1}", "{'':1}", "{'x':null}", "{'\\u0061b':1}");
  }

  @Test
  void boundsWhiteSpace() {
    check("{}", true, "{ 'a': [1, 2] }", "{\n    'a': 1\n}", "[\n1]");
    check("{}", false, "{  'a':1}", "{\n\n'a':1}", " {}", "{} ", "{'a' :1}", "{'a':1 ,'b':2}");
    check("{}", false, "{\n" + " ".repeat(21) + "'a':1}");
  }

  @Test
  void countsCharactersAndNotBytesOrEscapes() {
    String schema = "{'type':'string','minLength':2,'maxLength':2}";
    check(schema, true, "'ab'", "'é日'", "'😀😀'", "'\\n\\u00e9'");
    check(schema, false, "'a'", "'abc'", "'😀'", "'\\ud83d\\ude00'");
  }

  @Test
  void findsPatternsWithoutAnchorsAnywhere() {
    String schema = "{'pattern':'colou?r|^gr[ae]y'}";
    check(schema, true, "'color'", "'the \\u00e9 colour\\n'", "'gray'", "'grey day'");
    check(schema, false, "'colouur'", "''", "'a grey day'");
  }

  @Test
  void knowsTheDaysOfMonths() {
    String schema = "{'format':'date'}";
    check(schema, true, "'2024-02-29'", "'2000-02-29'", "'2023-12-31'", "'1999-04-30'");
    check(
        schema,
        false,
        "'2023-02-29'",
        "'1900-02-29'",
        "'2023-04-31'",
        "'2023-13-01'",
        "'2023-00-10'");
  }

  @Test
  void anyObjectIsAnObject() {
    assertTrue(Grammar.jsonObject().matches("{\"a\":[{}]}"));
    assertFalse(Grammar.jsonObject().matches("[]"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "{'type':'array','uniqueItems':true}; uniqueItems",
        "{'properties':{'a':{'multipleOf':2}}}; properties.a",
        "{'properties':{'a':{'multipleOf':2}}}; multipleOf",
        "{'not':{}}; 'not'",
        "{'if':{},'then':{}}; 'if'",
        "{'patternProperties':{}}; patternProperties",
        "{'minProperties':1}; minProperties",
        "{'contains':{}}; contains",
        "{'unevaluatedProperties':false}; unevaluatedProperties",
        "{'dependentRequired':{}}; dependentRequired",
        "{'type':'string','format':'email'}; email",
        "{'type':'strnig'}; strnig",
        "{'madeUp':1}; madeUp",
        "{'items':[{}]}; prefixItems",
        "{'pattern':'a','minLength':3}; only one",
        "{'pattern':'(?=a)b'}; (?",
        "{'pattern':'a\\\\1'}; \\1",
        "{'pattern':'\\\\bword'}; \\b",
        "{'pattern':'(^a|b)'}; '^'",
        "{'pattern':'a**'}; '*'",
        "{'pattern':'[z-a]'}; wrong way",
        "{'$ref':'http://example.com/s'}; example.com",
        "{'$ref':'#/$defs/none'}; points at nothing",
        "{'$ref':'#'}; left recursion",
        "{'allOf':[{'$ref':'#'}]}; circle",
        "{'enum':['a'],'minLength':1}; minLength",
        "{'type':'number','minimum':0.5}; minimum",
        "{'minLength':-1}; minLength",
        "{'minLength':'1'}; minLength",
        "{'type':'integer','minimum':1e999999999}; digits",
        "{'type':'integer','minimum':5,'maximum':4}; no text",
        "{'required':['a'],'additionalProperties':false}; no text",
        "false; no text",
        "[1]; object",
        "{'type':'object'; line 1",
        "{'allOf':[{'additionalProperties':false},{'properties':{'a':{}}}]}; additionalProperties",
        "{'allOf':[{'pattern':'a'},{'pattern':'b'}]}; pattern",
        "{'properties':{'a':{'$id':'x'}}}; $id",
      })
  void refusesByNameWhatItDoesNotEnforce(String schema, String named) {
    GrammarException refusal =
        assertThrows(GrammarException.class, () -> Grammar.jsonSchema(json(schema)));
    assertTrue(refusal.getMessage().contains(named), refusal.getMessage());
  }

  @Test
  void endsWithAnErrorWhereSchemasAreHostile() {
    String deep = "{\"items\":".repeat(400) + "{}" + "}".repeat(400);
    assertThrows(GrammarException.class, () -> Grammar.jsonSchema(deep));
    String multiplied =
        "{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"type\":\"object\",\"anyOf\":[{\"$ref\":\"#/$defs/a\"},{\"$ref\":\"#/$defs/a\"}]}}}";
    assertThrows(GrammarException.class, () -> Grammar.jsonSchema(multiplied));
    Grammar large =
        Grammar.jsonSchema(
            "{\"type\":\"array\",\"minItems\":1000000,\"maxItems\":2000000000,\"items\":{\"type\":\"string\",\"maxLength\":1000000000}}");
    assertFalse(large.matches("[\"a\"]"));
  }
}
